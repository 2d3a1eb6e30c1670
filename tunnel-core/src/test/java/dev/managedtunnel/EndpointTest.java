package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "db.internal, 5432, db.internal:5432",
        "127.0.0.1, 0, 127.0.0.1:0",
        "::1, 65535, [::1]:65535",
        "fe80::1%eth0, 22, [fe80::1%eth0]:22",
    })
    void aTcpEndpointWritesItselfAsHostAndPort(String host, int port, String text) {
        assertThat(Endpoint.tcp(host, port)).hasToString(text).isEqualTo(new Endpoint.Tcp(host, port));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aPortOutOfRangeIsRefused(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tcp("db", port))
                .withMessage("port: '" + port + "' is out of range; give 0 to 65535");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"db:5432", "[::1]", "db internal", "user@db", "jdbc:postgresql://db", "/run/x.sock", "*.db"})
    void whatIsNoHostIsRefused(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tcp(host, 5432))
                .withMessage("host: '" + host
                        + "' is no host; give a name or an address, without port, user, brackets or spaces");
    }

    @Test
    void anEmptyHostIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tcp("", 5432))
                .withMessage("host: '' is empty; give a value");
    }

    @Test
    void aHostWithAControlCharacterIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tcp("db\0.internal", 5432))
                .withMessage("host: 'db?.internal' holds a control character; remove it");
    }

    @Test
    void aSocketWritesItselfAsItsPath() {
        Endpoint.UnixSocket socket = Endpoint.unixSocket("/run/postgresql/.s.PGSQL.5432");
        assertThat(socket).hasToString("/run/postgresql/.s.PGSQL.5432");
        assertThat(socket.toPath()).isEqualTo(Path.of("/run/postgresql/.s.PGSQL.5432"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"app.sock", "./app.sock", "~/app.sock", "@abstract"})
    void aSocketPathThatIsNotAbsoluteIsRefused(String path) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unixSocket(path))
                .withMessage("socket path: '" + path + "' is not absolute; give the whole path, without '~'");
    }

    @Test
    void anEmptySocketPathIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unixSocket(" "))
                .withMessage("socket path: ' ' is empty; give a value");
    }

    @Test
    void aSocketPathIsMeasuredInBytesAsTheSystemDoes() {
        String longest = "/" + "s".repeat(106);
        assertThat(Endpoint.unixSocket(longest).path()).hasSize(107);
        String tooLong = "/" + "ü".repeat(54);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unixSocket(tooLong))
                .withMessage("socket path: '" + tooLong + "' has 109 bytes; the system allows 107; shorten it");
    }
}
