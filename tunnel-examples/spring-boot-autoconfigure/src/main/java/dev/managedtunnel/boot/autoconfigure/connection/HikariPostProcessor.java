package dev.managedtunnel.boot.autoconfigure.connection;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.boot.ManagedTunnels;
import javax.sql.DataSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.jdbc.DataSourceUnwrapper;

/**
 * Leads pools through tunnels that got their URL in another way than by connection details, and lets all pools behind a
 * tunnel drop their connections when its session is lost: those that are idle now, those in use when they come back.
 */
final class HikariPostProcessor implements BeanPostProcessor {
    private final BeanFactory beans;

    HikariPostProcessor(BeanFactory beans) {
        this.beans = beans;
    }

    /** Properties are bound by now, and the pool starts with its first connection. */
    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        if (bean instanceof HikariDataSource pool && pool.getJdbcUrl() != null && !pool.isRunning()) {
            pool.setJdbcUrl(JdbcUrl.through(pool.getJdbcUrl(), beans.getBean(ManagedTunnels.class)));
        }
        return bean;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DataSource dataSource) {
            HikariDataSource pool =
                    DataSourceUnwrapper.unwrap(dataSource, HikariConfigMXBean.class, HikariDataSource.class);
            if (pool != null && pool.getJdbcUrl() != null) {
                JdbcUrl.tunnelsOf(pool.getJdbcUrl(), beans.getBean(ManagedTunnels.class))
                        .forEach(tunnel -> tunnel.addListener(event -> {
                            if (event instanceof TunnelEvent.SessionLost) {
                                evict(pool);
                            }
                        }));
            }
        }
        return bean;
    }

    private static void evict(HikariDataSource pool) {
        HikariPoolMXBean running = pool.getHikariPoolMXBean();
        if (running != null && !pool.isClosed()) {
            running.softEvictConnections();
        }
    }
}
