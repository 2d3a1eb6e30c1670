package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostKeysTest {
    private static final Path HOME = Path.of(System.getProperty("user.home"));
    private static final String PIN = "SHA256:" + "Ab0+/".repeat(8) + "xyz";

    @Test
    void theDefaultIsTheUsersFileAndThenTheMachines() {
        assertThat(HostKeys.knownHosts().files())
                .containsExactly(HOME.resolve(".ssh/known_hosts"), Path.of("/etc/ssh/ssh_known_hosts"));
    }

    @Test
    void givenFilesReplaceTheDefaultOnes() {
        HostKeys.KnownHosts keys = HostKeys.knownHosts(Path.of("~/hosts"), Path.of("relative"), Path.of("/etc/hosts"));
        assertThat(keys.files()).containsExactly(HOME.resolve("hosts"), Path.of("relative"), Path.of("/etc/hosts"));
        assertThat(keys).hasToString("known hosts [" + HOME + "/hosts, relative, /etc/hosts]");
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(keys.files()::clear);
    }

    @Test
    void aTildeIsTheHomeOfThisUserOnlyAtTheBeginning() {
        assertThat(HostKeys.acceptNew(Path.of("~")).file()).isEqualTo(HOME);
        assertThat(HostKeys.acceptNew(Path.of("~bob/hosts")).file()).isEqualTo(Path.of("~bob/hosts"));
        assertThat(HostKeys.acceptNew(Path.of("/a/~/b")).file()).isEqualTo(Path.of("/a/~/b"));
    }

    @Test
    void anEmptyPathIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostKeys.knownHosts(Path.of("")))
                .withMessage("path: '' is empty; give a file");
    }

    @Test
    void pinsAreKeptWithoutPadding() {
        HostKeys.Pinned pinned = HostKeys.pinned(PIN, PIN + "=");
        assertThat(pinned.fingerprints()).containsExactly(PIN, PIN);
        assertThat(pinned).hasToString("pinned [" + PIN + ", " + PIN + "]");
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(pinned.fingerprints()::clear);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SHA256:",
                "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
                "AAAAC3NzaC1lZDI1NTE5AAAAIE0000000000000000000000000000000000000000",
                "SHA256:tooShort",
                "sha256:Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/xyz",
                " SHA256:Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/xyz",
                "SHA256:Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/Ab0+/xyz==",
            })
    void whatIsNoFingerprintIsRefused(String pin) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostKeys.pinned(PIN, pin))
                .withMessage(
                        "pinned host key: '" + pin + "' is no fingerprint; give what ssh-keygen -l prints, SHA256:…");
    }

    @Test
    void trustOnFirstUseNamesItsFile() {
        assertThat(HostKeys.acceptNew(Path.of("~/hosts"))).hasToString("accept new into " + HOME + "/hosts");
    }

    @Test
    void trustOnFirstUseMayKnowOtherFilesToo() {
        HostKeys.AcceptNew keys = HostKeys.acceptNew(Path.of("~/hosts"), Path.of("/etc/hosts.ssh"));
        assertThat(keys.file()).isEqualTo(HOME.resolve("hosts"));
        assertThat(keys.files()).containsExactly(HOME.resolve("hosts"), Path.of("/etc/hosts.ssh"));
        assertThat(keys)
                .hasToString("accept new into " + HOME + "/hosts, known hosts [" + HOME + "/hosts, /etc/hosts.ssh]");
    }

    @Test
    void noCheckingAtAllSaysSo() {
        assertThat(HostKeys.insecureAcceptAny()).hasToString("INSECURE: any host key");
    }
}
