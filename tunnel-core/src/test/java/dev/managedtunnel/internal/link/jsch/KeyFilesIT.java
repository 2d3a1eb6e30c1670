package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshKeys;
import dev.managedtunnel.testing.SshKeys.KeyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of key file logs in to a real server; whatever can be wrong with one is said. */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
class KeyFilesIT {
    private static final String PASSPHRASE = "open sesame ü";

    @TempDir
    static Path dir;

    private static OpenSshServer server;
    private static KeyFile authority;

    private Rig rig;

    @BeforeAll
    static void startServer() {
        authority = SshKeys.ed25519(dir, "authority");
        server = OpenSshServer.builder().userAuthority(authority).start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void setUp() {
        rig = new Rig();
    }

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private TunnelSpec.Builder spec(Credentials... credentials) {
        TunnelSpec pinned = rig.spec(server).build();
        return TunnelSpec.builder(rig.name)
                .gateway(pinned.gateways().get(0))
                .hostKeys(pinned.hostKeys())
                .forward(pinned.forwards().get(0))
                .credentials(credentials);
    }

    private static Credentials.PrivateKey credential(KeyFile key) {
        return key.passphrase() == null
                ? Credentials.privateKey(key.privateKey())
                : Credentials.privateKey(
                        key.privateKey(), () -> key.passphrase().toCharArray());
    }

    private static Credentials.PrivateKey credential(KeyFile key, String passphrase) {
        return Credentials.privateKey(key.privateKey(), passphrase::toCharArray);
    }

    private TunnelException unreadable(Credentials credential) {
        TunnelException failure = rig.failure(spec(credential));
        assertThat(failure.reason()).isEqualTo(FailureReason.KEY_UNREADABLE);
        assertThat(failure.toString()).doesNotContain(PASSPHRASE).doesNotContain("wrong guess");
        return failure;
    }

    /** The message without what all have in common. */
    private String why(Credentials credential) {
        return Rig.text(unreadable(credential))
                .replaceFirst("^cannot log in to \\S+ \\(start \\d+, T\\): ", "")
                .replaceFirst(
                        "; check the key file, its permissions and its passphrase, or the SSH agent \\[KEY_UNREADABLE]$",
                        "");
    }

    static List<KeyFile> keys() throws IOException {
        Path made = Files.createDirectories(dir.resolve("made"));
        List<KeyFile> keys = new ArrayList<>();
        for (SshKeys.Type type : List.of(
                SshKeys.Type.ED25519,
                SshKeys.Type.ECDSA_256,
                SshKeys.Type.ECDSA_384,
                SshKeys.Type.ECDSA_521,
                SshKeys.Type.RSA_3072)) {
            for (SshKeys.Format format : SshKeys.Format.values()) {
                for (String passphrase : new String[] {null, PASSPHRASE}) {
                    if (type == SshKeys.Type.ED25519
                            && (format == SshKeys.Format.PEM
                                    || (format == SshKeys.Format.PKCS8 && passphrase != null))) {
                        continue;
                    }
                    String name =
                            (type + "-" + format + (passphrase == null ? "" : "-locked")).toLowerCase(Locale.ROOT);
                    keys.add(SshKeys.generate(made, name, type, format, passphrase));
                }
            }
        }
        keys.addAll(SshKeys.putty(made));
        keys.removeIf(key -> key.toString().matches(".*-v3-encrypted.*"));
        return keys;
    }

    @ParameterizedTest
    @MethodSource("keys")
    void logsInWithEachKindOfKeyFile(KeyFile key) {
        server.authorize(key.publicLine());
        assertThat(rig.connect(spec(credential(key)))).isNotNull();
        if (key.passphrase() != null) {
            assertThat(why(credential(key, "wrong guess")))
                    .isEqualTo("private key " + key.privateKey() + " can't be decrypted: the passphrase is wrong");
            assertThat(why(Credentials.privateKey(key.privateKey())))
                    .isEqualTo("private key " + key.privateKey()
                            + " needs a passphrase; give one with Credentials.privateKey(file, passphrase)");
        }
    }

    @Test
    void logsInWithAnEncryptedEd25519KeyOfOpenssl() throws Exception {
        Requires.command("openssl", "openssl");
        Path file = dir.resolve("openssl.pem");
        Process process = new ProcessBuilder(
                        "openssl",
                        "genpkey",
                        "-algorithm",
                        "ed25519",
                        "-aes-256-cbc",
                        "-pass",
                        "pass:sesame",
                        "-out",
                        file.toString())
                .start();
        assertThat(process.waitFor()).isZero();
        server.authorize(publicLine(file, "sesame"));
        assertThat(rig.connect(spec(Credentials.privateKey(file, "sesame"::toCharArray))))
                .isNotNull();
        assertThat(why(Credentials.privateKey(file, "wrong guess"::toCharArray)))
                .isEqualTo("private key " + file + " can't be decrypted: the passphrase is wrong");
    }

    /** One of 512 is such a one, for which JSch takes another curve. */
    @Test
    void logsInWithAKeyWhoseNumberIsShort() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        ECPrivateKey key;
        do {
            key = (ECPrivateKey) generator.generateKeyPair().getPrivate();
        } while (key.getS().bitLength() >= 376);
        Path file = privateFile("short", Encodings.pem("PRIVATE KEY", key.getEncoded()));
        Process converting = new ProcessBuilder("ssh-keygen", "-p", "-N", PASSPHRASE, "-f", file.toString()).start();
        assertThat(converting.waitFor()).isZero();
        assertThat(file).content().startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
        server.authorize(publicHalf(file, PASSPHRASE));
        assertThat(rig.connect(spec(Credentials.privateKey(file, PASSPHRASE::toCharArray))))
                .isNotNull();
    }

    /** Of the key as we convert it, since ssh-keygen does not read such files. */
    private String publicLine(Path file, String passphrase) throws Exception {
        byte[] converted =
                Ed25519Pkcs8.decrypted(Files.readAllBytes(file), passphrase.getBytes(StandardCharsets.UTF_8));
        return publicHalf(privateFile("converted", converted), "");
    }

    private static Path privateFile(String name, byte[] content) throws IOException {
        Path file = Files.write(dir.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String publicHalf(Path file, String passphrase) throws IOException {
        Process process = new ProcessBuilder("ssh-keygen", "-y", "-P", passphrase, "-f", file.toString()).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void anEncryptedKeyOfPutty3AsksForBouncyCastle() {
        KeyFile key = SshKeys.putty(dir, "ed25519-v3-encrypted");
        assertThat(why(credential(key)))
                .startsWith("private key " + key.privateKey()
                        + " needs Bouncy Castle (org.bouncycastle:bcprov-jdk18on) on the class path: ");
    }

    @Test
    void aFileThatIsNotThere() {
        Path missing = dir.resolve("missing");
        assertThat(Rig.text(unreadable(Credentials.privateKey(missing))))
                .isEqualTo(
                        "cannot log in to " + server.user() + "@HOST:PORT (start 1, T): private key " + missing
                                + " does not exist; check the key file, its permissions and its passphrase, or the SSH agent [KEY_UNREADABLE]");
    }

    @Test
    void aFileThatIsNoKey() throws Exception {
        Path text = Files.writeString(dir.resolve("text"), "hello, world\n");
        assertThat(why(Credentials.privateKey(text))).endsWith("/text is no private key of a known format");
        Path empty = Files.writeString(dir.resolve("empty"), "");
        assertThat(why(Credentials.privateKey(empty))).endsWith("/empty is no private key of a known format");
        assertThat(why(Credentials.privateKey(Files.createDirectories(dir.resolve("directory")))))
                .contains("/directory can't be read: ");
        KeyFile key = SshKeys.ed25519(dir, "publicHalf");
        assertThat(why(Credentials.privateKey(key.publicKey())))
                .endsWith("/publicHalf.pub is no private key of a known format");
        Path damaged = Files.writeString(
                dir.resolve("damaged"), Files.readString(key.privateKey()).replaceAll("(?m)^b3.*$", "b3BlbnNzaA=="));
        assertThat(why(Credentials.privateKey(damaged))).endsWith("/damaged is no private key of a known format");
    }

    @Test
    void aPassphraseSupplierThatFailsOrGivesNothing() {
        KeyFile key = SshKeys.generate(dir, "locked", SshKeys.Type.ED25519, SshKeys.Format.OPENSSH, PASSPHRASE);
        RuntimeException sealed = new IllegalStateException("token hvs.SECRET is not valid");
        TunnelException failure = unreadable(Credentials.privateKey(key.privateKey(), () -> {
            throw sealed;
        }));
        assertThat(failure)
                .hasMessageContaining(
                        "can't be decrypted: the passphrase supplier failed with " + "java.lang.IllegalStateException;")
                .hasCause(sealed);
        assertThat(why(Credentials.privateKey(key.privateKey(), () -> new char[0])))
                .endsWith("needs a passphrase, but the supplier gave none");
    }

    @Test
    void logsInWithACertificateBesideTheKey() {
        KeyFile key = SshKeys.ed25519(dir, "certified");
        SshKeys.signUser(authority, key, server.user());
        assertThat(rig.connect(spec(credential(key)))).isNotNull();
    }

    @Test
    void logsInWithACertificateOfEachTypeThatIsElsewhere() throws Exception {
        for (SshKeys.Type type : List.of(SshKeys.Type.ED25519, SshKeys.Type.ECDSA_256, SshKeys.Type.RSA_3072)) {
            KeyFile key = SshKeys.generate(dir, "certified-" + type, type, SshKeys.Format.OPENSSH, PASSPHRASE);
            Path certificate = Files.move(
                    SshKeys.signUser(authority, key, server.user()),
                    dir.resolve("elsewhere-" + type),
                    StandardCopyOption.REPLACE_EXISTING);
            assertThat(rig.connect(spec(credential(key).withCertificate(certificate))))
                    .isNotNull();
        }
    }

    @Test
    void aCertificateThatIsNotAcceptedDoesNotHideItsKey() {
        KeyFile key = SshKeys.ed25519(dir, "twofold");
        SshKeys.signUser(SshKeys.ed25519(dir, "stranger"), key, server.user());
        TunnelException failure = rig.failure(spec(credential(key)));
        assertThat(Rig.text(failure))
                .contains("it accepts publickey; tried private key " + key.privateKey() + " with certificate "
                        + key.privateKey() + "-cert.pub, private key " + key.privateKey() + ";");
        server.authorize(key.publicLine());
        assertThat(rig.connect(spec(credential(key)))).isNotNull();
    }

    @Test
    void aCertificateThatWasAskedForAndIsNotThereOrNone() throws Exception {
        KeyFile key = SshKeys.ed25519(dir, "plain");
        Path missing = dir.resolve("missing-cert.pub");
        assertThat(why(credential(key).withCertificate(missing)))
                .isEqualTo("private key " + key.privateKey() + " can't be used: its certificate " + missing
                        + " does not exist");
        assertThat(why(credential(key).withCertificate(key.publicKey())))
                .isEqualTo("private key " + key.privateKey() + " can't be used: its certificate " + key.publicKey()
                        + " is no OpenSSH certificate");
    }
}
