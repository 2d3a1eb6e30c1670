package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshG;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether {@code Forward.parse} takes what the installed {@code ssh} takes, and understands it as {@code ssh -G} does. */
class ForwardSyntaxIT {
    private static final Map<String, String> KEYWORDS =
            Map.of("-L", "localforward", "-R", "remoteforward", "-D", "dynamicforward");

    /** Where we are stricter, each with its own error text in {@code ForwardSyntaxTest}. */
    private static final Pattern REFUSED_ON_PURPOSE =
            Pattern.compile("is not absolute|is no host|host: '' is empty|not supported|can't listen on a Unix socket"
                    + "|expected the end behind the target|expected the end: the clients");

    @BeforeAll
    static void needsSsh() {
        Requires.sshClient();
    }

    static Stream<String> forwards() {
        return Stream.of(
                "-L 5432:db:15432",
                "-L 10.0.0.1:5432:db:15432",
                "-L *:5432:db:15432",
                "-L :5432:db:15432",
                "-L []:5432:db:15432",
                "-L [::1]:5432:[2001:db8::7]:15432",
                "-L localhost:5432:[db]:15432",
                "-L 5432:/run/pg.sock",
                "-L [::1]:5432:/run/pg.sock",
                "-L /run/l.sock:db:5432",
                "-L /run/l.sock:/run/pg.sock",
                "-L /run/a\\:b:[/run/c:d]",
                "-L 0005432:db:15432",
                "-L 5432:db:15432:",
                "-R 8080:localhost:80",
                "-R 0:localhost:80",
                "-R *:8080:localhost:80",
                "-R :8080:localhost:80",
                "-R [2001:db8::7]:8080:localhost:80",
                "-R 8080:/run/app.sock",
                "-R 10.0.0.1:8080:/run/app.sock",
                "-D 1080",
                "-D [::1]:1080",
                "-D *:1080",
                "-D :1080");
    }

    @ParameterizedTest
    @MethodSource("forwards")
    void meansWhatItMeansToSsh(String text) {
        assertThat(SshG.shown(Forward.parse(text))).isEqualTo(ssh(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-L 5432",
                "-L 5432:db",
                "-L 5432:db:",
                "-L 5432:db:x",
                "-L 5432:db:0",
                "-L 5432:db:65536",
                "-L -1:db:5432",
                "-L 127.0.0.1:5432:db",
                "-L ::1:5432:db:5432",
                "-L [::1:5432:db:5432",
                "-L [::1]5432:db:5432",
                "-L 5432:db:54\\",
                "-D 127.0.0.1:1080:db:5432",
                "-D nothing",
                "-R 8080:localhost"
            })
    void isRefusedBySshToo(String text) {
        assertThat(catchThrowable(() -> Forward.parse(text))).isInstanceOf(IllegalArgumentException.class);
        assertThat(ssh(text)).isEqualTo("refused");
    }

    /** Pieces put together at random: either both refuse, or both understand the same, or we say that we are stricter. */
    @Test
    void agreesWithSshOnAThousandCombinations() {
        List<String> usual = List.of("5432", "80", "db", "[::1]", "/run/a");
        List<String> odd = List.of("10.0.0.1", "*", "", "[/b:c]", "[", "]", "a\\:b", "0");
        Random random = new Random(6);
        int understood = 0;
        for (int i = 0; i < 1_000; i++) {
            List<String> fields = new ArrayList<>();
            for (int n = 1 + random.nextInt(5); n > 0; n--) {
                List<String> pieces = random.nextInt(5) == 0 ? odd : usual;
                fields.add(pieces.get(random.nextInt(pieces.size())));
            }
            String text = List.of("-L", "-R", "-D").get(random.nextInt(3)) + " " + String.join(":", fields);
            if (understoodByBoth(text)) {
                understood++;
            }
        }
        assertThat(understood).isGreaterThan(50);
    }

    private static boolean understoodByBoth(String text) {
        String theirs = ssh(text);
        try {
            Forward ours = Forward.parse(text);
            boolean anyPort = !(ours instanceof Forward.Remote)
                    && ours.listen().orElseThrow() instanceof Endpoint.Tcp tcp
                    && tcp.port() == 0;
            assertThat(anyPort ? "refused" : SshG.shown(ours)).as(text).isEqualTo(theirs);
            return !anyPort;
        } catch (IllegalArgumentException e) {
            if (!REFUSED_ON_PURPOSE.matcher(e.getMessage()).find()) {
                assertThat(theirs).as(text + " " + e.getMessage()).isEqualTo("refused");
            }
            return false;
        }
    }

    /** What {@code ssh -G} says of the forward, or "refused". */
    private static String ssh(String text) {
        SshG ssh = SshG.of(
                List.of("-F", "none", text.substring(0, 2), text.substring(2).strip(), "gateway"));
        return ssh.refused() ? "refused" : SshG.usual(ssh.one(KEYWORDS.get(text.substring(0, 2))));
    }
}
