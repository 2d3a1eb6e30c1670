package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.managedtunnel.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files are read, in which order, and which are not trusted. {@code ssh -G} can't be pointed at another home. */
class ConfigFilesTest {
    @TempDir
    Path dir;

    private Sandbox sandbox;

    @BeforeEach
    void makeAHome() {
        sandbox = new Sandbox(dir);
    }

    @Test
    void withoutFilesTheDefaultsHold() {
        SshHost host = sandbox.host("DB.example");
        assertThat(host.user() + "@" + host.host() + ":" + host.port()).isEqualTo("jane@db.example:22");
        assertThat(host.userKnownHosts())
                .containsExactly(sandbox.home.resolve(".ssh/known_hosts"), sandbox.home.resolve(".ssh/known_hosts2"));
        assertThat(host.globalKnownHosts())
                .containsExactly(sandbox.system.resolve("ssh_known_hosts"), sandbox.system.resolve("ssh_known_hosts2"));
        assertThat(host.identities()).isEmpty();
    }

    @Test
    void theUsersFileComesBeforeTheSystems() {
        sandbox.user("config", "Host db\n  User mine\n  IdentityFile /mine\n");
        sandbox.system("ssh_config", "User theirs\nPort 2222\nIdentityFile /theirs\n");
        SshHost host = sandbox.host("db");
        assertThat(host.user()).isEqualTo("mine");
        assertThat(host.port()).isEqualTo(2222);
        assertThat(host.identities()).containsExactly(Path.of("/mine"), Path.of("/theirs"));
    }

    @Test
    void aSectionEndsWithItsFile() {
        sandbox.user("config", "Host other\n  User mine\n");
        sandbox.system("ssh_config", "User theirs\n");
        assertThat(sandbox.host("db").user()).isEqualTo("theirs");
    }

    @Test
    void aFileThatIsGivenIsTheOnlyOne() {
        sandbox.user("config", "User mine\n");
        sandbox.system("ssh_config", "Port 2222\n");
        Path given = Sandbox.write(dir.resolve("given"), "Include more\nHostName given.example\n");
        sandbox.user("more", "ConnectTimeout 7\n");
        SshHost host = new SshConfig(sandbox.machine(), given).route("db").get(0);
        assertThat(host.user() + "@" + host.host() + ":" + host.port()).isEqualTo("jane@given.example:22");
        assertThat(host.first("connecttimeout"))
                .as("included from the user's directory")
                .isPresent();
    }

    @Test
    void aFileThatIsGivenHasToBeThere() {
        Path none = dir.resolve("none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SshConfig(sandbox.machine(), none).route("db"))
                .withMessage(none + " does not exist; give the path of a file in the format of ssh_config");
    }

    @Test
    void includesAreFoundFromTheDirectoryOfTheirKindOfFile() {
        sandbox.user("config", "Include conf.d/*\nInclude ~/elsewhere\nInclude ${HERE}/variable\n");
        sandbox.user("conf.d/a", "User a\n");
        sandbox.user("../elsewhere", "Port 2222\n");
        sandbox.user("../variable", "HostKeyAlias variable\n");
        sandbox.environment.put("HERE", sandbox.home.toString());
        sandbox.system("ssh_config", "Include ssh_config.d/*.conf\n");
        sandbox.system("ssh_config.d/a.conf", "HostName system.example\n");
        SshHost host = sandbox.host("db");
        assertThat(host.user() + "@" + host.host() + ":" + host.port()).isEqualTo("a@system.example:2222");
        assertThat(host.hostKeyAlias()).contains("variable");
    }

    @Test
    void theSystemsFileMayNotIncludeFromAHome() {
        Path file = sandbox.system("ssh_config", "Include ~/mine\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessage(
                        file + ":1: Include '~/mine' begins with '~' in a file for all users; give the whole path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-", "rwxrwxrwx"})
    void aFileThatOthersCanChangeIsRefused(String mode) throws IOException {
        Path file = sandbox.user("config", "User mine\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessageStartingWith(file + " can be changed by others (mode 0")
                .withMessageEndingWith("); OpenSSH refuses it too: chmod go-w " + file);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SshConfig(sandbox.machine(), file).route("db"))
                .withMessageStartingWith(file + " can be changed by others");
    }

    @Test
    void soIsOneThatIsIncludedAlsoByTheSystem() throws IOException {
        Path file = sandbox.system("more", "User mine\n");
        sandbox.system("ssh_config", "Include more\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessage(
                        file + " can be changed by others (mode 0664); OpenSSH refuses it too: chmod go-w " + file);
    }

    @Test
    void aFileOfAnotherUserIsRefusedAndOneOfRootIsNot() throws IOException {
        Requires.root();
        Path file = sandbox.user("config", "User mine\n");
        sandbox.uid = 4711;
        assertThat(sandbox.host("db").user()).isEqualTo("mine");
        Files.setAttribute(file, "unix:uid", 4712);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessage(
                        file + " belongs to user 4712, and not to root or to user 4711, who runs this process; OpenSSH"
                                + " refuses it too: change its owner");
        Files.setAttribute(file, "unix:uid", 4711);
        assertThat(sandbox.host("db").user()).isEqualTo("mine");
    }

    @Test
    void aDirectoryInPlaceOfAFileIsNoFile() throws IOException {
        Path directory = Files.createDirectory(sandbox.home.resolve(".ssh/config"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessageStartingWith(directory + " can't be read (")
                .withMessageEndingWith("); let this process's user read it, or remove it");
    }

    @Test
    void anIncludeGoesThroughDirectoriesTooAndFollowsNoBraces() {
        sandbox.user("config", "Include hosts/*/[a-c]?.conf hosts/{x,y}/d.conf\n");
        sandbox.user("hosts/x/b1.conf", "User b1\n");
        sandbox.user("hosts/x/d1.conf", "User d1\n");
        sandbox.user("hosts/w/c1.conf", "User c1\n");
        sandbox.user("hosts/x/d.conf", "Port 1\n");
        sandbox.user("hosts/plain", "not a directory");
        SshHost host = sandbox.host("db");
        assertThat(host.user()).isEqualTo("c1");
        assertThat(host.port()).isEqualTo(22);
    }

    @Test
    void filesThatIncludeEachOtherCanBeSixteenDeep() {
        sandbox.user("config", "Include 1\n");
        for (int i = 1; i < 17; i++) {
            sandbox.user("" + i, i < 16 ? "Include " + (i + 1) + "\n" : "User deep\n");
        }
        assertThat(sandbox.host("db").user()).isEqualTo("deep");
        Path last = sandbox.user("16", "Include 17\n");
        sandbox.user("17", "User deeper\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db"))
                .withMessage(
                        last + ":1: Include is more than 16 files deep; end the loop of files that include themselves");
    }

    @Test
    void errorsNameTheFileThatWasIncluded() {
        sandbox.user("config", "\nInclude more\n");
        Path more = sandbox.user("more", "\n\nPort x\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.host("db").port())
                .withMessage(more + ":3: Port 'x' is no number from 1 to 65535; give one");
    }

    @Test
    void theUsualKeysAreThoseThatAreThere() {
        sandbox.user("id_ed25519", "key");
        sandbox.user("id_rsa", "key");
        sandbox.user("id_dsa", "key");
        assertThat(sandbox.host("db").identities())
                .containsExactly(sandbox.home.resolve(".ssh/id_rsa"), sandbox.home.resolve(".ssh/id_ed25519"));
    }
}
