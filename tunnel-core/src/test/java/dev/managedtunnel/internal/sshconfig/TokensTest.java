package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each token stands for is compared with {@code ssh -G} in {@code SshConfigComparisonIT}. */
class TokensTest {
    @TempDir
    Path dir;

    private Sandbox sandbox;
    private Tokens tokens;
    private final ConfigLine line = new ConfigLine("config:3", "IdentityFile", List.of("x"));

    @BeforeEach
    void resolve() {
        sandbox = new Sandbox(dir);
        sandbox.uid = 4711;
        sandbox.environment.put("TEAM", "%h and ${TEAM}");
        sandbox.user("config", """
                Host db
                    HostName db.example
                    User deploy
                    Port 2222
                    HostKeyAlias Prod
                    ProxyJump edge@jump:23
                """);
        sandbox.uid = Machine.here().uid();
        SshHost host = sandbox.host("db");
        sandbox.uid = 4711;
        tokens = Tokens.of(sandbox.machine(), host);
    }

    @ParameterizedTest
    @CsvSource({
        "%h, db.example",
        "%n, db",
        "%p, 2222",
        "%r, deploy",
        "%u, jane",
        "%i, 4711",
        "%k, prod",
        "%l, laptop.example",
        "%L, laptop",
        "%j, jump",
        "%%, %",
        "%%h, %h",
        "a%n%pb, adb2222b",
        // printf %s laptop.exampledb.example2222deployjump | sha1sum
        "%C, f2a86d24d509415d352612c673b782f3520e302c",
    })
    void standForValues(String text, String value) {
        assertThat(tokens.percent(line, text)).isEqualTo(value);
    }

    @Test
    void theHomeIsPutBeforeAPathThatBeginsWithIt() {
        assertThat(tokens.path(line, "~/.ssh/%n")).isEqualTo(sandbox.home.resolve(".ssh/db"));
        assertThat(tokens.path(line, "~")).isEqualTo(sandbox.home);
        assertThat(tokens.text(line, "%d")).isEqualTo(sandbox.home.toString());
        assertThat(tokens.text(line, "/a/~/b")).isEqualTo("/a/~/b");
    }

    @Test
    void whatWasPutInIsNotLookedAtAgain() {
        assertThat(tokens.text(line, "/k/${TEAM}")).isEqualTo("/k/%h and ${TEAM}");
    }

    @Test
    void aDollarAloneIsOne() {
        assertThat(tokens.text(line, "/k/$TEAM$")).isEqualTo("/k/$TEAM$");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/k/%z|IdentityFile '/k/%z' has '%z', which has no value here; write '%%' for the character itself",
                "/k/%|IdentityFile '/k/%' ends with a '%'; write '%%' for the character itself",
                "${NONE}|IdentityFile names the environment variable 'NONE', which is not set; set it",
                "${}|IdentityFile names the environment variable '', which is not set; set it",
                "${TEAM|IdentityFile '${TEAM' has a '${' that is not closed; put '}' behind the variable's name",
                "~bob/key|IdentityFile '~bob/key' begins with another user's home; give the whole path",
            })
    void whatStandsForNothingIsRefused(String text, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokens.text(line, text))
                .withMessage("config:3: " + problem);
    }

    @Test
    void aUserWhoseNumberCantBeToldHasNone() {
        sandbox.uid = null;
        Tokens without = Tokens.of(sandbox.machine(), sandbox.host("db"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> without.text(line, "%i"))
                .withMessage("config:3: IdentityFile: '%i' can't be told on this system; write the number");
    }
}
