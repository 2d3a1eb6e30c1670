package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.KeyPair;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That JSch reads each key file and finds the public key that belongs to it. */
class SshKeysTest {

    @TempDir
    Path dir;

    @Test
    void ed25519KeysNeedNoTool() throws Exception {
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "id");
        assertReadable(key);
        assertThat(key.publicLine()).startsWith("ssh-ed25519 ").endsWith(" id");
    }

    @Test
    void sshKeygenAgreesWithTheKeyAndItsFingerprint() {
        Requires.sshKeygen();
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "id");
        assertThat(Exec.run("ssh-keygen", "-y", "-f", key.privateKey().toString()))
                .isEqualToIgnoringNewLines(key.publicLine());
        assertThat(Exec.run("ssh-keygen", "-lf", key.publicKey().toString())).contains(key.fingerprint());
    }

    @ParameterizedTest
    // one length of RSA will do, they take long to make
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RSA_3072")
    void keysOfAllTypesAndFormats(SshKeys.Type type) throws Exception {
        for (SshKeys.Format format : SshKeys.Format.values()) {
            for (String passphrase : new String[] {null, "correct horse"}) {
                String name = format + (passphrase == null ? "" : "-encrypted");
                boolean possible = type != SshKeys.Type.ED25519
                        || format == SshKeys.Format.OPENSSH
                        || (format == SshKeys.Format.PKCS8 && passphrase == null);
                if (type == SshKeys.Type.ED25519 && format == SshKeys.Format.PKCS8 && possible) {
                    // JSch reads these with Bouncy Castle only
                    assertSigns(SshKeys.generate(dir, name, type, format, null));
                } else if (possible) {
                    assertReadable(SshKeys.generate(dir, name, type, format, passphrase));
                } else {
                    assertThatThrownBy(() -> SshKeys.generate(dir, name, type, format, passphrase))
                            .isInstanceOf(IllegalArgumentException.class);
                }
            }
        }
    }

    @Test
    void puttyKeys() throws Exception {
        List<SshKeys.KeyFile> keys = SshKeys.putty(dir);
        assertThat(keys).hasSize(10).filteredOn(key -> key.passphrase() != null).hasSize(4);
        for (SshKeys.KeyFile key : keys) {
            // version 3 encrypts with Argon2, which JSch has only with Bouncy Castle
            if (key.passphrase() == null || SshKeys.read(key.privateKey()).startsWith("PuTTY-User-Key-File-2")) {
                assertReadable(key);
            }
        }
    }

    @Test
    void certificates() {
        Requires.sshKeygen();
        SshKeys.KeyFile authority = SshKeys.ed25519(dir, "authority");
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "id");
        Path certificate = SshKeys.signUser(authority, key, "tunnel", "-V", "-1d:-1h");
        assertThat(Exec.run("ssh-keygen", "-Lf", certificate.toString()))
                .contains("user certificate", "tunnel", authority.fingerprint());
    }

    private static void assertSigns(SshKeys.KeyFile key) throws Exception {
        KeyFactory factory = KeyFactory.getInstance("Ed25519");
        String pem = SshKeys.read(key.privateKey()).replaceAll("-----.*-----|\\s", "");
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(factory.generatePrivate(
                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        signature.update(new byte[] {1, 2, 3});
        byte[] signed = signature.sign();
        byte[] blob = Base64.getDecoder().decode(key.publicLine().split(" ", -1)[1]);
        // the fixed head of an Ed25519 key in X.509, then its 32 bytes
        String x509 = "302a300506032b6570032100" + HexFormat.of().formatHex(blob, blob.length - 32, blob.length);
        signature.initVerify(
                factory.generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(x509))));
        signature.update(new byte[] {1, 2, 3});
        assertThat(signature.verify(signed)).isTrue();
    }

    private static void assertReadable(SshKeys.KeyFile key) throws Exception {
        KeyPair pair = KeyPair.load(new JSch(), key.privateKey().toString());
        try {
            if (key.passphrase() != null) {
                assertThat(pair.isEncrypted()).as("%s is encrypted", key).isTrue();
                assertThat(pair.decrypt(key.passphrase().getBytes(StandardCharsets.UTF_8)))
                        .as("%s can be decrypted", key)
                        .isTrue();
            }
            assertThat(Base64.getEncoder().encodeToString(pair.getPublicKeyBlob()))
                    .as("public key of %s", key)
                    .isEqualTo(key.publicLine().split(" ", -1)[1]);
            assertThat(pair.getSignature(new byte[] {1, 2, 3}))
                    .as("%s signs", key)
                    .isNotNull();
        } finally {
            pair.dispose();
        }
    }
}
