package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.jcraft.jsch.HostKey;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.testing.SshKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostKeyPolicyTest {
    private static final Gateway GATEWAY = Gateway.parse("deploy@Bastion.example.com");
    private static final Gateway OTHER_PORT = Gateway.parse("deploy@bastion.example.com:2222");

    @TempDir
    Path dir;

    private Path file;
    private String key;
    private String another;

    @BeforeEach
    void makeKeys() {
        file = dir.resolve("known_hosts");
        key = publicKey("key");
        another = publicKey("another");
    }

    private String publicKey(String name) {
        return SshKeys.ed25519(dir, name).publicLine().replaceFirst(" \\S+$", "");
    }

    private static byte[] blob(String line) {
        return Base64.getDecoder().decode(line.split(" ", -1)[1]);
    }

    private static String fingerprint(String line) {
        return SshKeys.fingerprint(line);
    }

    private void known(String... lines) throws IOException {
        Files.write(file, List.of(lines));
    }

    private HostKeyPolicy strict(Gateway gateway) {
        return HostKeyPolicy.of("test", HostKeys.knownHosts(file), gateway);
    }

    private static StartFailure refused(HostKeyPolicy policy, String line) {
        StartFailure failure = catchThrowableOfType(StartFailure.class, () -> policy.require(blob(line)));
        assertThat(failure).as("refused").isNotNull();
        return failure;
    }

    private static void accepted(HostKeyPolicy policy, String line) {
        assertThatCode(() -> policy.check("as JSch calls it", blob(line))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bastion.example.com",
                "BASTION.example.com",
                "other,bastion.example.com,10.0.0.1",
                "*.example.com",
                "bastion.example.???",
                "*",
                "!evil.example.com,*.example.com",
            })
    void aNameOrPatternVouchesForTheGateway(String hosts) throws Exception {
        known("# comment", "", hosts + " " + key + " a comment");
        accepted(strict(GATEWAY), key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bastion.example.co",
                "example.com",
                "bastion.example.com.evil.org",
                "?astion.example.comm",
                "!bastion.example.com,*.example.com",
                "[bastion.example.com]:2222",
            })
    void anotherNameOrPatternDoesNot(String hosts) throws Exception {
        known(hosts + " " + key);
        assertThat(refused(strict(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }

    @Test
    void anUnknownKeyIsShownWithTypeAndFingerprint() throws Exception {
        known("other.example.com " + another);
        StartFailure failure = refused(strict(GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(failure.why()).isEqualTo("its key ssh-ed25519 " + fingerprint(key) + " is not in " + file);
    }

    @Test
    void aMissingFileIsAnEmptyOne() {
        assertThat(refused(strict(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }

    @Test
    void aFileThatCantBeReadIsAnError() throws Exception {
        Files.createDirectory(file);
        StartFailure failure = catchThrowableOfType(StartFailure.class, () -> strict(GATEWAY));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(failure.why()).startsWith("can't read " + file + ": IOException Is a directory");
    }

    @Test
    void severalFilesCountTogether() throws Exception {
        known("other " + another);
        Path second = Files.writeString(dir.resolve("second"), "bastion.example.com " + key + "\n");
        accepted(HostKeyPolicy.of("test", HostKeys.knownHosts(file, second), GATEWAY), key);
    }

    @Test
    void aChangedKeyIsShownWithBothFingerprintsAndTheLine() throws Exception {
        known("# comment", "bastion.example.com " + another);
        StartFailure failure = refused(strict(GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        assertThat(failure.why())
                .isEqualTo("its key ssh-ed25519 " + fingerprint(key) + " is not the one in " + file + ":2, "
                        + fingerprint(another));
    }

    @Test
    void oneOfTwoKnownKeysOfAKindIsEnough() throws Exception {
        known("bastion.example.com " + another, "bastion.example.com " + key);
        accepted(strict(GATEWAY), key);
    }

    @Test
    void aKeyOfAnotherKindThanTheKnownOneIsUnknown() throws Exception {
        known("bastion.example.com " + rsa());
        StartFailure failure = refused(strict(GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(failure.why())
                .endsWith("is not in " + file + ", where it has other kinds of keys (ssh-rsa in " + file + ":1)");
    }

    private static String rsa() {
        byte[] blob = new byte[40];
        blob[3] = 7;
        System.arraycopy("ssh-rsa".getBytes(StandardCharsets.US_ASCII), 0, blob, 4, 7);
        return "ssh-rsa " + Base64.getEncoder().encodeToString(blob);
    }

    @Test
    void anotherPortHasANameOfItsOwnAndMayUseThatOfPort22() throws Exception {
        known("[bastion.example.com]:2222 " + key, "bastion.example.com " + another);
        accepted(strict(OTHER_PORT), key);
        accepted(strict(OTHER_PORT), another);
        assertThat(refused(strict(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
    }

    @Test
    void anEntryForPort22SaysNothingAgainstAnotherPort() throws Exception {
        known("bastion.example.com " + another);
        assertThat(refused(strict(OTHER_PORT), key).reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"bastion.example.com", "*", "another.example.com", "[bastion.example.com]:2222"})
    void aRevokedKeyIsRefusedWhateverElseVouchesForIt(String hosts) throws Exception {
        known("bastion.example.com " + key, "@revoked " + hosts + " " + key);
        StartFailure failure = refused(strict(GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_REVOKED);
        assertThat(failure.why())
                .isEqualTo("its key ssh-ed25519 " + fingerprint(key) + " is marked as revoked in " + file + ":2");
    }

    @Test
    void anAuthorityIsNoHostKey() throws Exception {
        known("@cert-authority * " + key);
        assertThat(refused(strict(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }

    @Test
    void damagedLinesAreSkippedAsSshDoes() throws Exception {
        known("bastion.example.com", "bastion.example.com ssh-ed25519 !!!", "|1|x|y " + key, "@what * " + key, "x y z");
        assertThat(refused(strict(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        Files.write(file, List.of("bastion.example.com " + key), java.nio.file.StandardOpenOption.APPEND);
        accepted(strict(GATEWAY), key);
    }

    @Test
    void windowsLineEndsDoNoHarm() throws Exception {
        Files.writeString(file, "bastion.example.com " + key + "\r\n");
        accepted(strict(GATEWAY), key);
    }

    @Test
    void jschIsToldTheKnownKindsAndTheAuthoritiesUnderTheNameItLooksUp() throws Exception {
        known("*.example.com " + key, "@cert-authority *.example.com " + another, "@cert-authority other " + key);
        HostKeyPolicy policy = strict(OTHER_PORT);
        assertThat(policy.getHostKey("[bastion.example.com]:2222", null))
                .extracting(HostKey::getType)
                .containsExactly("ssh-ed25519");
        assertThat(policy.getHostKey())
                .extracting(HostKey::getHost, HostKey::getMarker)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("[bastion.example.com]:2222", "@cert-authority"));
    }

    @Test
    void anAliasIsWhatTheGatewayGoesByWhateverItsHostAndPort() throws Exception {
        Gateway alias = OTHER_PORT.hostKeyAlias("Blue-Bastion");
        known("blue-bastion " + key, "[bastion.example.com]:2222 " + another, "bastion.example.com " + another);
        accepted(strict(alias), key);
        assertThat(refused(strict(alias), another).reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        assertThat(strict(alias).getHostKey("as JSch calls it", null))
                .extracting(HostKey::getHost)
                .containsExactly("Blue-Bastion");
        known("[bastion.example.com]:2222 " + key);
        accepted(acceptNew(alias), another);
        assertThat(Files.readAllLines(file)).last().isEqualTo("blue-bastion " + another);
    }

    @Test
    void pins() {
        accepted(HostKeyPolicy.of("test", HostKeys.pinned(fingerprint(another), fingerprint(key)), GATEWAY), key);
        StartFailure failure = refused(HostKeyPolicy.of("test", HostKeys.pinned(fingerprint(another)), GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(failure.why())
                .isEqualTo(
                        "its key ssh-ed25519 " + fingerprint(key) + " is none of the pinned " + fingerprint(another));
    }

    @Test
    void theInsecurePolicyTakesAnything() {
        accepted(HostKeyPolicy.of("test", HostKeys.insecureAcceptAny(), GATEWAY), key);
    }

    private HostKeyPolicy acceptNew(Gateway gateway) {
        return HostKeyPolicy.of("test", HostKeys.acceptNew(file), gateway);
    }

    @Test
    void aNewGatewayGetsOneLineInAPrivateFileInAPrivateDirectory() throws Exception {
        file = dir.resolve(".ssh/deep/known_hosts");
        accepted(acceptNew(GATEWAY), key);
        accepted(acceptNew(OTHER_PORT), another);
        accepted(acceptNew(GATEWAY), key);
        assertThat(file).hasContent("bastion.example.com " + key + "\n[bastion.example.com]:2222 " + another + "\n");
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(permissions(file.getParent())).isEqualTo("rwx------");
        assertThat(permissions(file.getParent().getParent())).isEqualTo("rwx------");
        accepted(strict(GATEWAY), key);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void whatIsInTheFileStaysAndSoDoItsPermissions() throws Exception {
        Files.writeString(file, "# ours\nother " + another);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        accepted(acceptNew(GATEWAY), key);
        assertThat(file).hasContent("# ours\nother " + another + "\nbastion.example.com " + key + "\n");
        assertThat(permissions(file)).isEqualTo("rw-r--r--");
        assertThat(dir.toFile().list()).noneMatch(name -> name.endsWith(".tmp"));
    }

    @Test
    void aSymbolicLinkStaysOneEvenWhenItPointsToNothingYet() throws Exception {
        Path real = Files.createDirectory(dir.resolve("elsewhere")).resolve("hosts");
        Files.createSymbolicLink(file, Path.of("elsewhere/hosts"));
        accepted(acceptNew(GATEWAY), key);
        accepted(acceptNew(OTHER_PORT), another);
        assertThat(file).isSymbolicLink();
        assertThat(Files.readAllLines(real)).hasSize(2);
    }

    @Test
    void aChangedKeyIsRefusedAndTheFileLeftAlone() throws Exception {
        known("bastion.example.com " + another);
        assertThat(refused(acceptNew(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        known("bastion.example.com " + rsa());
        StartFailure failure = refused(acceptNew(GATEWAY), key);
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        assertThat(failure.why())
                .isEqualTo("its key ssh-ed25519 " + fingerprint(key) + " is new, while ssh-rsa in " + file
                        + ":1 is known");
        assertThat(Files.readAllLines(file)).hasSize(1);
    }

    @Test
    void aKeyThatAnotherFileKnowsIsNotNewAndOneThatDiffersFromItIsRefused() throws Exception {
        Path global = Files.writeString(dir.resolve("global"), "bastion.example.com " + key + "\n");
        HostKeyPolicy policy = HostKeyPolicy.of("test", HostKeys.acceptNew(file, global), GATEWAY);
        accepted(policy, key);
        assertThat(file).doesNotExist();
        assertThat(refused(policy, another).reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        assertThat(file).doesNotExist();
        accepted(HostKeyPolicy.of("test", HostKeys.acceptNew(file, global), OTHER_PORT), another);
        assertThat(file).hasContent("[bastion.example.com]:2222 " + another + "\n");
        assertThat(global).hasContent("bastion.example.com " + key + "\n");
    }

    @Test
    void aRevokedKeyIsNotAcceptedAsNew() throws Exception {
        known("@revoked * " + key);
        assertThat(refused(acceptNew(GATEWAY), key).reason()).isEqualTo(FailureReason.HOST_KEY_REVOKED);
    }

    @Test
    void aKeyThatCantBeWrittenDownIsNotTrusted() throws Exception {
        Path notADirectory = Files.writeString(dir.resolve("plain"), "");
        file = notADirectory.resolve("known_hosts");
        StartFailure failure = catchThrowableOfType(
                StartFailure.class, () -> acceptNew(GATEWAY).require(blob(key)));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(failure.why()).contains(file.toString());
    }

    @Test
    void tunnelsThatMeetGatewaysAtTheSameTimeLoseNoLineAndWriteNoneTwice() throws Exception {
        List<Thread> threads = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 20; i++) {
            Gateway gateway = Gateway.parse("u@host" + i % 5);
            HostKeyPolicy policy = acceptNew(gateway);
            Thread thread = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                policy.require(blob(key));
            });
            thread.start();
            threads.add(thread);
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Files.readAllLines(file))
                .containsExactlyInAnyOrder(
                        "host0 " + key, "host1 " + key, "host2 " + key, "host3 " + key, "host4 " + key);
    }
}
