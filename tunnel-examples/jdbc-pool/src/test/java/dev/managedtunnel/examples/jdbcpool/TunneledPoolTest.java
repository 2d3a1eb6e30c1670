package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TunneledPoolTest {
    private final HikariConfig config = TunneledPool.poolOn(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000),
            new Target(
                    Gateway.parse("me@bastion"),
                    Credentials.privateKey(Path.of("key")),
                    HostKeys.knownHosts(),
                    JdbcUrl.parse("jdbc:postgresql://db.internal/orders?sslmode=require"),
                    "me",
                    "secret"),
            7);

    @Test
    void thePoolReachesTheDatabaseByTheTunnelsAddress() {
        assertThat(config.getJdbcUrl()).isEqualTo("jdbc:postgresql://127.0.0.1:40000/orders?sslmode=require");
        assertThat(config.getUsername()).isEqualTo("me");
        assertThat(config.getPassword()).isEqualTo("secret");
        assertThat(config.getMaximumPoolSize()).isEqualTo(7);
    }

    @Test
    void theDriversPropertiesAreStringsSinceItIgnoresNumbers() {
        assertThat(config.getDataSourceProperties().values()).isNotEmpty().allMatch(String.class::isInstance);
    }
}
