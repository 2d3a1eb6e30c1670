package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcUrlTest {
    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://db.internal:5433/orders,           db.internal, 5433, jdbc:postgresql://127.0.0.1:40000/orders",
        "jdbc:postgresql://db.internal/orders,                db.internal, 5432, jdbc:postgresql://127.0.0.1:40000/orders",
        "jdbc:postgresql://localhost:5432/,                   localhost,   5432, jdbc:postgresql://127.0.0.1:40000/",
        "jdbc:postgresql://10.0.0.7,                          10.0.0.7,    5432, jdbc:postgresql://127.0.0.1:40000",
        "jdbc:postgresql://[fd00::7]:5432/orders,             fd00::7,     5432, jdbc:postgresql://127.0.0.1:40000/orders",
        "jdbc:postgresql://db/orders?sslmode=verify-ca&a=b/c, db,          5432,"
                + " jdbc:postgresql://127.0.0.1:40000/orders?sslmode=verify-ca&a=b/c",
        "jdbc:postgresql://db?user=me,                        db,          5432, jdbc:postgresql://127.0.0.1:40000?user=me"
    })
    void thePlaceOfTheDatabaseIsTakenOutAndTheTunnelsPutIn(String url, String host, int port, String rewritten) {
        JdbcUrl parsed = JdbcUrl.parse(url);

        assertThat(parsed.host()).isEqualTo(host);
        assertThat(parsed.port()).isEqualTo(port);
        assertThat(parsed.at("127.0.0.1", 40_000)).isEqualTo(rewritten);
    }

    @Test
    void itsTextIsThePlaceAloneSinceTheRestMayHoldAPassword() {
        assertThat(JdbcUrl.parse("jdbc:postgresql://db:5433/orders?password=secret"))
                .hasToString("db:5433");
        assertThat(JdbcUrl.parse("jdbc:postgresql://[::1]/orders")).hasToString("[::1]:5432");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:mariadb://db/orders", "postgresql://db/orders", "orders", ""})
    void otherDatabasesAreRefused(String url) {
        assertRefused(url, "the URL is not one of PostgreSQL; write jdbc:postgresql://host:5432/database");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql:orders",
                "jdbc:postgresql:/",
                "jdbc:postgresql://",
                "jdbc:postgresql:///orders",
                "jdbc:postgresql://?user=me",
                "jdbc:postgresql://:5432/orders"
            })
    void aUrlWithoutAHostIsRefused(String url) {
        assertRefused(
                url,
                "the URL names no host; write the database's host as the gateway sees it, localhost for the gateway"
                        + " itself: jdbc:postgresql://host:5432/database");
    }

    @Test
    void severalHostsAreRefused() {
        assertRefused(
                "jdbc:postgresql://db1:5432,db2:5432/orders",
                "the URL names several hosts; give one, a forward has one target");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db:0/orders",
                "jdbc:postgresql://db:65536/orders",
                "jdbc:postgresql://db:/orders",
                "jdbc:postgresql://db:x/orders",
                "jdbc:postgresql://fd00::7/orders",
                "jdbc:postgresql://me:secret@db:5432/orders"
            })
    void whatIsNoHostAndPortIsRefused(String url) {
        assertRefused(
                url,
                "the URL has no valid host and port; write jdbc:postgresql://host:5432/database, user and password are"
                        + " options of their own");
    }

    private static void assertRefused(String url, String text) {
        assertThatThrownBy(() -> JdbcUrl.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(text);
    }
}
