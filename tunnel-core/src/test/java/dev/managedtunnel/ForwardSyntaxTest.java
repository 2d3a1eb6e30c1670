package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ForwardSyntaxIT} compares what is taken with the installed {@code ssh}. */
class ForwardSyntaxTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-L|5432:db:15432|127.0.0.1:5432 -> db:15432",
                "-L|0:db:15432|127.0.0.1:0 -> db:15432",
                "-L|10.0.0.1:5432:db:15432|10.0.0.1:5432 -> db:15432",
                "-L|localhost:5432:db:15432|localhost:5432 -> db:15432",
                "-L|*:5432:db:15432|*:5432 -> db:15432",
                "-L|:5432:db:15432|*:5432 -> db:15432",
                "-L|[::1]:5432:[2001:db8::7]:15432|[::1]:5432 -> [2001:db8::7]:15432",
                "-L|[127.0.0.1]:5432:[db]:15432|127.0.0.1:5432 -> db:15432",
                "-L|[]:5432:db:15432|*:5432 -> db:15432",
                "-L|5432:/run/pg.sock|127.0.0.1:5432 -> /run/pg.sock",
                "-L|[::1]:5432:/run/pg.sock|[::1]:5432 -> /run/pg.sock",
                "-L|/run/l.sock:db:5432|/run/l.sock -> db:5432",
                "-L|/run/l.sock:/run/pg.sock|/run/l.sock -> /run/pg.sock",
                "-L|/run/a\\:b:[/run/c:d]|/run/a:b -> /run/c:d",
                "-L|/run/a\\\\b:db:5432|/run/a\\b -> db:5432",
                "-L|0005432:db:15432|127.0.0.1:5432 -> db:15432",
                "-L|5432:db:15432:|127.0.0.1:5432 -> db:15432",
                "-L|'  5432:db:15432'|127.0.0.1:5432 -> db:15432",
                "-R|8080:localhost:80|remote localhost:8080 -> localhost:80",
                "-R|0:localhost:80|remote localhost:0 -> localhost:80",
                "-R|*:8080:localhost:80|remote *:8080 -> localhost:80",
                "-R|:8080:localhost:80|remote *:8080 -> localhost:80",
                "-R|[2001:db8::7]:8080:localhost:80|remote [2001:db8::7]:8080 -> localhost:80",
                "-R|8080:/run/app.sock|remote localhost:8080 -> /run/app.sock",
                "-R|10.0.0.1:8080:/run/app.sock|remote 10.0.0.1:8080 -> /run/app.sock",
                "-D|1080|dynamic 127.0.0.1:1080",
                "-D|[::1]:1080|dynamic [::1]:1080",
                "-D|*:1080|dynamic *:1080",
                "-D|:1080|dynamic *:1080",
                "-D|0|dynamic 127.0.0.1:0",
            })
    void isReadAsSshReadsIt(String option, String value, String forward) {
        assertThat(Forward.parse(option, value)).hasToString(forward);
        assertThat(Forward.parse(option + value)).isEqualTo(Forward.parse(option, value));
        assertThat(Forward.parse(option + " " + value)).isEqualTo(Forward.parse(option, value));
    }

    @Test
    void isNamedAsTheOneThatIsBuilt() {
        assertThat(Forward.parse("-L5432:db:15432"))
                .isEqualTo(Forward.local("db", 15432).listenOn(5432));
        assertThat(Forward.parse("-R8080:localhost:80")).isEqualTo(Forward.remote(8080, "localhost", 80));
        assertThat(Forward.parse("-D1080")).isEqualTo(Forward.dynamic(1080));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-L|''|1: expected port:host:port",
                "-R|''|1: expected port:host:port",
                "-D|''|1: expected a port",
                "-D|' '|1: expected a port",
                "-L|5432|5: the target is missing; give port:host:port",
                "-L|5432:db|8: the target's port is missing; give port:host:port",
                "-L|5432:db:|9: the target's port is missing; give port:host:port",
                "-L|5432:db:x|9: 'x' is no port; give a number from 1 to 65535",
                "-L|5432:db:0|9: '0' is no port; give a number from 1 to 65535",
                "-L|5432:db:65536|9: '65536' is no port; give a number from 1 to 65535",
                "-L|99999999999:db:1|1: '99999999999' is no port; give a number from 0 to 65535",
                "-L|-1:db:5432|1: '-1' is no port; give a number from 0 to 65535",
                "-L|5432:db:٢٢|9: '٢٢' is no port; give a number from 1 to 65535",
                "-L|db:5432|1: 'db' is no port; give a number from 0 to 65535",
                "-L|127.0.0.1:5432:db|1: '127.0.0.1' is no port; give a number from 0 to 65535",
                "-L|127.0.0.1:x:db:5432|11: 'x' is no port; give a number from 0 to 65535",
                "-L|5432::5432|6: host: '' is empty; give a value",
                "-L|5432:d b:5432|6: host: 'd b' is no host; give a name or an address, without port, user, brackets"
                        + " or spaces",
                "-L|5432:*:5432|6: host: '*' is no host; give a name or an address, without port, user, brackets or"
                        + " spaces",
                "-L|::1:5432:db:5432|10: there is a fifth field; put an IPv6 address in brackets",
                "-L|5432:2001:db8::7:5432|16: there is a fifth field; put an IPv6 address in brackets",
                "-L|[::1:5432:db:5432|1: this '[' is not closed; put ']' behind the address",
                "-L|5432:[::1:5432|6: this '[' is not closed; put ']' behind the address",
                "-L|[::1]5432:db:5432|6: expected ':' or the end behind ']'",
                "-L|5432:/run/pg.sock:5432|19: expected the end behind the target",
                "-L|/run/l.sock:db:5432:80|21: expected the end behind the target",
                "-L|5432:run/pg.sock|6: socket path: 'run/pg.sock' is not absolute; give the whole path, without '~'",
                "-L|run/pg.sock:db:5432|1: socket path: 'run/pg.sock' is not absolute; give the whole path, without"
                        + " '~'",
                "-L|5432:db:54\\|11: nothing follows this '\\'; remove it",
                "-L|${PORT}:db:5432|1: '${' is not expanded here; put the variable's value",
                "-L|5432:[/run/${X}]|12: '${' is not expanded here; put the variable's value",
                "-D|127.0.0.1:1080:db:5432|16: expected the end: the clients of a dynamic forward name their own"
                        + " targets",
                "-D|1080:/run/socks.sock|6: expected the end: the clients of a dynamic forward name their own targets",
                "-D|/run/socks.sock|1: a dynamic forward can't listen on a Unix socket here; give a port",
                "-D|socks|1: 'socks' is no port; give a number from 0 to 65535",
                "-R|8080|5: the target is missing; without one the gateway would be a SOCKS proxy into this machine's"
                        + " network (remote dynamic forwarding), which is not supported; give port:host:port",
                "-R|*:8080|7: the target is missing; without one the gateway would be a SOCKS proxy into this machine's"
                        + " network (remote dynamic forwarding), which is not supported; give port:host:port",
                "-R|8080:localhost|15: the target's port is missing; give port:host:port",
                "-R|/run/app.sock:localhost:80|1: a remote forward can't listen on a Unix socket: JSch, the SSH library"
                        + " below, refuses the channels that the gateway would open for it"
                        + " (forwarded-streamlocal@openssh.com); give a port",
            },
            ignoreLeadingAndTrailingWhitespace = false)
    void whatIsWrongIsShownByItsCharacter(String option, String value, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.parse(option, value))
                .withMessage("forward " + option + ": '" + value + "' at character " + problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "L5432:db:5432", "-l5432:db:5432", "-W db:5432"})
    void anotherOptionIsRefused(String text) {
        String option = text.substring(0, Math.min(2, text.length()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.parse(text))
                .withMessage("forward option: '" + option + "' is none of -L, -R and -D; give one of these");
    }

    @Test
    void aLineFeedDoesNotReachALogThroughTheText() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.parse("-L", "5432:db\nroot:1"))
                .withMessageStartingWith("forward -L: '5432:db?root:1' at character 6: host: 'db?root'");
    }

    /** Whatever is written from a forward's parts reads as that forward. */
    @Test
    void whatIsWrittenFromItsPartsIsReadAgain() {
        List<String> hosts = List.of("db", "10.0.0.1", "::1", "2001:db8::7", "fe80::1%eth0", "a-b.example.");
        List<String> addresses = List.of("127.0.0.1", "::1", "*", "localhost");
        List<String> paths = List.of("/run/a.sock", "/run/with:colon", "/run/with space", "/run/back\\slash");
        Random random = new Random(4);
        for (int i = 0; i < 2_000; i++) {
            Endpoint target = random.nextBoolean()
                    ? Endpoint.tcp(any(hosts, random), 1 + random.nextInt(65_535))
                    : Endpoint.unixSocket(any(paths, random));
            String address = any(addresses, random);
            int port = random.nextInt(65_536);
            Forward forward = switch (random.nextInt(4)) {
                case 0 -> Forward.local(target).listenOn(address, port);
                case 1 ->
                    Forward.local(target)
                            .listenOn(Endpoint.unixSocket(any(paths, random)).toPath());
                case 2 -> Forward.remote(0, target).listenOn(address, port);
                default -> Forward.dynamic().listenOn(address, port);
            };
            assertThat(Forward.parse(written(forward))).as(written(forward)).isEqualTo(forward);
        }
    }

    private static <T> T any(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static String written(Forward forward) {
        String listen = written(forward.listen().orElseThrow());
        if (forward instanceof Forward.Local local) {
            return "-L" + listen + ":" + written(local.target());
        }
        return forward instanceof Forward.Remote remote
                ? "-R" + listen + ":" + written(remote.target())
                : "-D" + listen;
    }

    private static String written(Endpoint endpoint) {
        return endpoint instanceof Endpoint.Tcp tcp
                ? "[" + tcp.host() + "]:" + tcp.port()
                : "[" + ((Endpoint.UnixSocket) endpoint).path() + "]";
    }
}
