package dev.managedtunnel.boot.autoconfigure.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.TestTunnels;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.mongodb.autoconfigure.MongoAutoConfiguration;
import org.springframework.boot.mongodb.autoconfigure.MongoConnectionDetails;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** Connection details as Spring Boot makes them, with a tunnel that leads to what they name. */
class ConnectionDetailsTest {

    @Test
    void theDataSourceOfTheApplicationIsLedThroughTheTunnel() {
        jdbc().withPropertyValues(
                        "spring.datasource.url=jdbc:postgresql://db.internal:5432/orders",
                        "spring.datasource.username=me",
                        "spring.datasource.hikari.password=from-hikari")
                .run(context -> {
                    String led = "jdbc:postgresql://" + listener(context) + "/orders?sslResponseTimeout=30000";
                    assertThat(context.getBean(JdbcConnectionDetails.class).getJdbcUrl())
                            .isEqualTo(led);
                    HikariDataSource pool = context.getBean(HikariDataSource.class);
                    assertThat(pool.getJdbcUrl()).isEqualTo(led);
                    assertThat(pool.getUsername()).isEqualTo("me");
                    assertThat(pool.getPassword()).isEqualTo("from-hikari");
                });
    }

    @Test
    void aDataSourceThatNamesNoTargetStaysAsItIs() {
        jdbc().withPropertyValues("spring.datasource.url=jdbc:postgresql://elsewhere:5432/orders")
                .run(context -> assertThat(
                                context.getBean(HikariDataSource.class).getJdbcUrl())
                        .isEqualTo("jdbc:postgresql://elsewhere:5432/orders"));
    }

    @Test
    void redirectionCanBeSwitchedOff() {
        jdbc().withPropertyValues(
                        "spring.datasource.url=jdbc:postgresql://db.internal:5432/orders",
                        "managed-tunnel.defaults.redirect-connections=false")
                .run(context -> assertThat(
                                context.getBean(HikariDataSource.class).getJdbcUrl())
                        .isEqualTo("jdbc:postgresql://db.internal:5432/orders"));
    }

    @Test
    void detailsOfAnotherOriginAreLedToo() {
        jdbc().withBean(JdbcConnectionDetails.class, FromVault::new).run(context -> {
            JdbcConnectionDetails details = context.getBean(JdbcConnectionDetails.class);
            assertThat(details.getJdbcUrl()).contains(listener(context));
            assertThat(details.getUsername()).isEqualTo("vault");
            assertThat(details.getPassword()).isEqualTo("secret");
            assertThat(details.getDriverClassName()).isEqualTo("org.postgresql.Driver");
            assertThat(details.getXaDataSourceClassName()).isEqualTo("org.postgresql.xa.PGXADataSource");
            assertThat(details.toString()).doesNotContain("secret");
            assertThat(context.getBean(HikariDataSource.class).getJdbcUrl()).contains(listener(context));
        });
    }

    @Test
    void severalDataSourcesEachGoTheirWay() {
        jdbc().withUserConfiguration(TwoDataSources.class)
                .withPropertyValues(
                        "managed-tunnel.tunnels.stock.forwards=stock.internal:3306",
                        "app.orders.url=jdbc:postgresql://db.internal/orders",
                        "app.stock.jdbc-url=jdbc:mariadb://stock.internal/stock",
                        "app.stock.driver-class-name=org.postgresql.Driver")
                .run(context -> {
                    assertThat(context.getBean("orders", HikariDataSource.class).getJdbcUrl())
                            .contains("//" + listener(context, "orders") + "/orders");
                    assertThat(context.getBean("stock", HikariDataSource.class).getJdbcUrl())
                            .isEqualTo("jdbc:mariadb://" + listener(context, "stock") + "/stock");
                });
    }

    @Test
    void r2dbcOptionsAreLedThroughTheTunnel() {
        ConnectionFactoryOptions.Builder options = ConnectionFactoryOptions.builder()
                .option(ConnectionFactoryOptions.DRIVER, "pool")
                .option(ConnectionFactoryOptions.PROTOCOL, "postgresql")
                .option(ConnectionFactoryOptions.HOST, "db.internal")
                .option(ConnectionFactoryOptions.USER, "me");
        runner(R2dbcTunnelAutoConfiguration.class)
                .withBean(R2dbcConnectionDetails.class, () -> options::build)
                .run(context -> {
                    ConnectionFactoryOptions led =
                            context.getBean(R2dbcConnectionDetails.class).getConnectionFactoryOptions();
                    assertThat(led.getValue(ConnectionFactoryOptions.HOST)).isEqualTo("127.0.0.1");
                    assertThat(led.getValue(ConnectionFactoryOptions.PORT))
                            .isEqualTo(context.getBean(ManagedTunnel.class)
                                    .address()
                                    .getPort());
                    assertThat(led.getValue(ConnectionFactoryOptions.USER)).isEqualTo("me");
                });
    }

    @Test
    void otherR2dbcOptionsStayAsTheyAre() {
        for (String url :
                List.of("r2dbc:postgresql://elsewhere/orders", "r2dbc:odd://db.internal/x", "r2dbc:h2:mem:///x")) {
            R2dbcConnectionDetails details = () -> ConnectionFactoryOptions.parse(url);
            runner(R2dbcTunnelAutoConfiguration.class)
                    .withBean(R2dbcConnectionDetails.class, () -> details)
                    .run(context -> assertThat(context.getBean(R2dbcConnectionDetails.class))
                            .isSameAs(details));
        }
    }

    @Test
    void redisIsLedThroughTheTunnel() {
        runner(DataRedisAutoConfiguration.class, RedisTunnelAutoConfiguration.class)
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards=cache.internal:6379",
                        "spring.data.redis.host=cache.internal",
                        "spring.data.redis.database=3",
                        "spring.data.redis.username=me",
                        "spring.data.redis.password=secret")
                .run(context -> {
                    DataRedisConnectionDetails details = context.getBean(DataRedisConnectionDetails.class);
                    assertThat(details.getStandalone().getHost()).isEqualTo("127.0.0.1");
                    assertThat(details.getStandalone().getPort())
                            .isEqualTo(context.getBean(ManagedTunnel.class)
                                    .address()
                                    .getPort());
                    assertThat(details.getStandalone().getDatabase()).isEqualTo(3);
                    assertThat(details.getUsername()).isEqualTo("me");
                    assertThat(details.getPassword()).isEqualTo("secret");
                    assertThat(details.getSslBundle()).isNull();
                    assertThat(details.getMasterReplica()).isNull();
                });
    }

    @Test
    void redisReplicasAreLedEachItsWay() {
        runner(RedisTunnelAutoConfiguration.class)
                .withPropertyValues("managed-tunnel.tunnels.orders.forwards=cache.internal:6379")
                .withBean(DataRedisConnectionDetails.class, Replicas::new)
                .run(context -> assertThat(context.getBean(DataRedisConnectionDetails.class)
                                .getMasterReplica()
                                .getNodes())
                        .containsExactly(
                                new DataRedisConnectionDetails.Node(
                                        "127.0.0.1",
                                        context.getBean(ManagedTunnel.class)
                                                .address()
                                                .getPort()),
                                new DataRedisConnectionDetails.Node("elsewhere", 6379)));
    }

    @Test
    void otherRedisServersStayAsTheyAre() {
        runner(DataRedisAutoConfiguration.class, RedisTunnelAutoConfiguration.class)
                .run(context -> assertThat(context.getBean(DataRedisConnectionDetails.class)
                                .getStandalone()
                                .getHost())
                        .isEqualTo("localhost"));
    }

    @Test
    void mongoDbIsLedThroughTheTunnelDirectly() {
        assertMongo(
                "mongodb://me:s%40@mongo.internal/orders?w=1", "mongodb://me:s%40@%s/orders?w=1&directConnection=true");
        assertMongo("mongodb://mongo.internal:27017", "mongodb://%s/?directConnection=true");
        assertMongo("mongodb://mongo.internal/?directConnection=false", "mongodb://%s/?directConnection=false");
        assertMongo("mongodb://mongo.internal,near:27018/?replicaSet=a", "mongodb://%s,near:27018/?replicaSet=a");
        assertMongo("mongodb://elsewhere/orders", "mongodb://elsewhere/orders");
    }

    private static void assertMongo(String uri, String led) {
        runner(MongoAutoConfiguration.class, MongoTunnelAutoConfiguration.class)
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards=mongo.internal:27017", "spring.mongodb.uri=" + uri)
                .run(context -> {
                    MongoConnectionDetails details = context.getBean(MongoConnectionDetails.class);
                    assertThat(details.getConnectionString().getConnectionString())
                            .isEqualTo(led.replace("%s", listener(context)));
                    assertThat(details.getSslBundle()).isNull();
                });
    }

    private static ApplicationContextRunner jdbc() {
        return runner(DataSourceAutoConfiguration.class, JdbcTunnelAutoConfiguration.class);
    }

    private static ApplicationContextRunner runner(Class<?>... autoConfigurations) {
        return TestTunnels.withOrders().withConfiguration(AutoConfigurations.of(autoConfigurations));
    }

    private static String listener(ApplicationContext context) {
        return listener(context, "orders");
    }

    private static String listener(ApplicationContext context, String tunnel) {
        return "127.0.0.1:"
                + context.getBean("managedTunnel." + tunnel, ManagedTunnel.class)
                        .address()
                        .getPort();
    }

    static final class FromVault implements JdbcConnectionDetails {
        @Override
        public String getUsername() {
            return "vault";
        }

        @Override
        public String getPassword() {
            return "secret";
        }

        @Override
        public String getJdbcUrl() {
            return "jdbc:postgresql://db.internal/orders?password=secret";
        }
    }

    static final class Replicas implements DataRedisConnectionDetails {
        @Override
        public MasterReplica getMasterReplica() {
            return () -> List.of(new Node("cache.internal", 6379), new Node("elsewhere", 6379));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties
    static class TwoDataSources {
        @Bean
        @ConfigurationProperties("app.orders")
        DataSourceProperties ordersProperties() {
            return new DataSourceProperties();
        }

        @Bean
        @Primary
        DataSource orders(DataSourceProperties ordersProperties) {
            return ordersProperties
                    .initializeDataSourceBuilder()
                    .type(HikariDataSource.class)
                    .build();
        }

        @Bean
        @ConfigurationProperties("app.stock")
        HikariDataSource stock() {
            return DataSourceBuilder.create().type(HikariDataSource.class).build();
        }
    }
}
