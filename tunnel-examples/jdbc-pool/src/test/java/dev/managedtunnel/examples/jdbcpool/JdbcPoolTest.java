package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdbcPoolTest {
    private static final String HINT = "The option --help lists all options.";

    @TempDir
    private Path directory;

    private Path key;

    @BeforeEach
    void writeKey() throws IOException {
        key = Files.writeString(directory.resolve("key"), "not looked into");
    }

    @Test
    void helpTellsWhatItDoesAndListsTheOptions() {
        Program help = Program.run("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .contains("Without options it starts an SSH server and a PostgreSQL on this machine")
                .contains("--gateway", "--identity", "--known-hosts", "--jdbc", "--db-user", "--db-password-env")
                .contains("--duration", "--threads", "--query", "--verbose", "--help", "--version")
                .contains("Exit code: 0 all went well, 1 it did not, 2 wrong options.");
        assertThat(help.err()).isEmpty();
    }

    @Test
    void versionNamesTheExampleAndJava() {
        Program version = Program.run("--version");

        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("jdbc-pool \\d+\\.\\d+\\.\\d+\\S*, Java \\d+\\S*\\R");
    }

    @Test
    void anUnknownOptionIsRefused() {
        assertRefused(Program.run("--gatway", "me@bastion"), "Unknown options: '--gatway', 'me@bastion'");
    }

    @Test
    void optionsForOwnServersAreGivenTogether() {
        assertRefused(
                Program.run("--gateway", "me@bastion"),
                "For your own servers give --gateway, --identity and --jdbc; missing: --identity, --jdbc");
        assertRefused(
                Program.run("--duration", "5"),
                "For your own servers give --gateway, --identity and --jdbc; missing: --gateway, --identity, --jdbc");
    }

    @Test
    void anOptionIsGivenOnce() {
        assertRefused(
                own("--threads", "2", "--threads", "3"), "option '--threads' (NUMBER) should be specified only once");
    }

    @Test
    void aGatewayThatIsNoneIsRefused() {
        assertRefused(
                own("--gateway", "me@bastion:ssh"),
                "Invalid value for option '--gateway': gateway: 'me@bastion:ssh' has the port 'ssh'; give a number from"
                        + " 1 to 65535");
    }

    @Test
    void filesThatAreMissingAreNamed() {
        assertRefused(
                own("--identity", "/no/such/key"),
                "Invalid value for option '--identity': there is no file /no/such/key");
        assertRefused(
                own("--identity", directory.toString()),
                "Invalid value for option '--identity': " + directory + " is a directory");
        assertRefused(
                own("--known-hosts", "/no/such/hosts"),
                "Invalid value for option '--known-hosts': there is no file /no/such/hosts");
    }

    @Test
    void theHomeDirectoryIsUnderstoodSinceNoShellExpandsItBehindMaven() {
        assertRefused(
                own("--identity", "~/no/such/key"),
                "Invalid value for option '--identity': there is no file "
                        + Path.of(System.getProperty("user.home"), "no/such/key"));
    }

    @Test
    void aUrlIsRefusedWithoutShowingIt() {
        assertRefused(
                own("--jdbc", "jdbc:postgresql:orders?password=secret"),
                "Invalid value for option '--jdbc': the URL names no host; write the database's host as the gateway sees"
                        + " it, localhost for the gateway itself: jdbc:postgresql://host:5432/database");
        assertRefused(
                own("--jdbc", "jdbc:mariadb://db/orders"),
                "Invalid value for option '--jdbc': the URL is not one of PostgreSQL;"
                        + " write jdbc:postgresql://host:5432/database");
    }

    @Test
    void aPasswordComesFromAVariableThatIsSet() {
        assertRefused(
                own("--db-password-env", "NO_SUCH_VARIABLE"),
                "Invalid value for option '--db-password-env': the environment variable NO_SUCH_VARIABLE is not set");
    }

    @Test
    void numbersHaveARange() {
        assertRefused(own("--threads", "0"), "Invalid value for option '--threads': 0 is out of range; give 1 to 64");
        assertRefused(
                own("--duration", "100000"),
                "Invalid value for option '--duration': 100000 is out of range; give 1 to 86400");
        assertRefused(own("--threads", "many"), "Invalid value for option '--threads': 'many' is not an int");
    }

    /** With all that is required, and this option's value instead of a good one. */
    private Program own(String option, String value, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--gateway", "me@bastion", "--identity", key.toString(), "--jdbc", "jdbc:postgresql://db/orders"));
        int at = args.indexOf(option);
        if (at >= 0) {
            args.set(at + 1, value);
        } else {
            args.addAll(Arrays.asList(option, value));
        }
        args.addAll(List.of(more));
        return Program.run(args.toArray(String[]::new));
    }

    private static void assertRefused(Program program, String text) {
        assertThat(program.err().lines()).containsExactly(text, HINT);
        assertThat(program.exitCode()).isEqualTo(2);
        assertThat(program.out()).isEmpty();
    }
}
