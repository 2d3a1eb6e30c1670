package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/**
 * Leads JDBC connection details that do not come of {@code spring.datasource}. Those that do have been changed before, by
 * {@link DataSourcePropertiesPostProcessor}, and stay what they are: where they are of another class, Spring Boot puts
 * their user and password over those of {@code spring.datasource.hikari}.
 */
final class JdbcConnectionDetailsPostProcessor extends ConnectionDetailsPostProcessor<JdbcConnectionDetails> {
    JdbcConnectionDetailsPostProcessor(BeanFactory beans) {
        super(JdbcConnectionDetails.class, beans);
    }

    @Override
    @Nullable
    JdbcConnectionDetails through(ManagedTunnels tunnels, JdbcConnectionDetails details) {
        String url = details.getJdbcUrl();
        String led = JdbcUrl.through(url, tunnels);
        return led.equals(url) ? null : new Led(details, led);
    }

    private record Led(JdbcConnectionDetails details, String url) implements JdbcConnectionDetails {
        @Override
        public @Nullable String getUsername() {
            return details.getUsername();
        }

        @Override
        public @Nullable String getPassword() {
            return details.getPassword();
        }

        @Override
        public String getJdbcUrl() {
            return url;
        }

        @Override
        public String getDriverClassName() {
            return details.getDriverClassName();
        }

        @Override
        public @Nullable String getXaDataSourceClassName() {
            return details.getXaDataSourceClassName();
        }

        /** Without the URL, which may hold a password. */
        @Override
        public String toString() {
            return "JDBC connection details led through a tunnel";
        }
    }
}
