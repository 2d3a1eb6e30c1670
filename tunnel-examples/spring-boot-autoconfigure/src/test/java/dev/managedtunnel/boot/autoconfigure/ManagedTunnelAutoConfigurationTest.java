package dev.managedtunnel.boot.autoconfigure;

import static dev.managedtunnel.boot.TestTunnels.contextRunner;
import static dev.managedtunnel.boot.TestTunnels.withOrders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.TestTunnels;
import dev.managedtunnel.boot.TunnelSpecCustomizer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

class ManagedTunnelAutoConfigurationTest {

    @Test
    void withoutTunnelsThereAreNone() {
        contextRunner().run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ManagedTunnel.class));
    }

    @Test
    void withoutTheLibraryThereIsNothing() {
        withOrders()
                .withClassLoader(new FilteredClassLoader(ManagedTunnel.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ManagedTunnels.class));
    }

    @Test
    void allOfItCanBeSwitchedOff() {
        withOrders()
                .withPropertyValues("managed-tunnel.enabled=false")
                .run(context ->
                        assertThat(context).doesNotHaveBean(ManagedTunnel.class).doesNotHaveBean(ManagedTunnels.class));
    }

    @Test
    void aTunnelThatIsNotRequiredIsStartedInTheBackground() {
        withOrders().run(context -> {
            ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
            assertThat(tunnel.name()).isEqualTo("orders");
            assertThat(tunnel.state()).isIn(TunnelState.CONNECTING, TunnelState.BACKING_OFF);
            assertThat(accepts(tunnel.address())).isTrue();
        });
    }

    @Test
    void aRequiredTunnelThatCantBeOpenedEndsTheStart() {
        withOrders()
                .withPropertyValues(
                        "managed-tunnel.defaults.required=true", "managed-tunnel.tunnels.orders.restart.max-starts=1")
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasMessageContaining("managedTunnel.orders")
                        .hasStackTraceContaining("tunnel 'orders' can't be opened")
                        .hasStackTraceContaining("[CONNECT_REFUSED]"));
    }

    @Test
    void aTunnelIsInjectedByItsName() {
        contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards=db.internal:5432",
                        "managed-tunnel.tunnels.stock.forwards=stock.internal:5432")
                .withUserConfiguration(UsesBothByName.class)
                .run(context -> assertThat(context.getBean("names")).isEqualTo("orders stock"));
    }

    @Test
    void aBeanOfTheApplicationMayBeCalledLikeATunnel() {
        withOrders()
                .withBean("orders", String.class, () -> "the orders themselves")
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(ManagedTunnel.class));
    }

    @Test
    void aTunnelsNameInAnEnvironmentVariableIsTheSameWithoutItsDashes() {
        contextRunner()
                .withPropertyValues("managed-tunnel.tunnels.orders-db.forwards=db.internal:5432")
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource(
                                "systemEnvironment",
                                Map.of("MANAGEDTUNNEL_TUNNELS_ORDERSDB_GATEWAY", "other@127.0.0.1:2"))))
                .run(context -> assertThat(context.getBean(ManagedTunnel.class).status())
                        .satisfies(status -> {
                            assertThat(status.name()).isEqualTo("orders-db");
                            assertThat(status.gateway()).hasToString("other@127.0.0.1:2");
                        }));
    }

    @Test
    void anUnknownPropertyIsRefused() {
        withOrders()
                .withPropertyValues("managed-tunnel.tunnels.orders.host-keys.pined=SHA256:x")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("managed-tunnel.tunnels.orders.host-keys.pined"));
    }

    @Test
    void customizersAreCalledForEachTunnelInTheirOrder() {
        withOrders()
                .withBean(
                        "first",
                        TunnelSpecCustomizer.class,
                        () -> (name, builder) -> builder.forward(
                                Forward.local("first.internal", 1).named(name + "-1")))
                .withBean(
                        "second",
                        TunnelSpecCustomizer.class,
                        () -> (name, builder) -> builder.forward(
                                Forward.local("second.internal", 2).named(name + "-2")))
                .run(context -> assertThat(
                                context.getBean(ManagedTunnel.class).status().forwards())
                        .extracting(forwarded -> forwarded.forward().name())
                        .containsExactly("db.internal:5432", "orders-1", "orders-2"));
    }

    @Test
    void aCustomizerMayGiveWhatThePropertiesLack() {
        contextRunner()
                .withPropertyValues("managed-tunnel.tunnels.orders.connect-timeout=5s")
                .withBean(
                        TunnelSpecCustomizer.class,
                        () -> (name, builder) -> builder.forward(Forward.local("db.internal", 5432)))
                .run(context -> assertThat(context).hasSingleBean(ManagedTunnel.class));
    }

    @Test
    void listenersOfTheApplicationAreToldOfAllTunnels() {
        List<TunnelEvent> events = new CopyOnWriteArrayList<>();
        contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards=db.internal:5432",
                        "managed-tunnel.tunnels.stock.forwards=stock.internal:5432")
                .withBean(TunnelListener.class, () -> events::add)
                .run(context -> {
                    context.getBean(ManagedTunnels.class).forEach(ManagedTunnel::reconnectNow);
                    Awaitility.await()
                            .untilAsserted(() -> assertThat(events)
                                    .extracting(TunnelEvent::tunnel)
                                    .contains("orders", "stock"));
                });
    }

    @Test
    void lazyInitialisationDoesNotKeepATunnelFromStarting() throws IOException {
        int port = TestTunnels.freePort();
        contextRunner()
                .withPropertyValues("managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432")
                .withPropertyValues("managed-tunnel.tunnels.orders.forwards[0].listen-on=" + port)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> assertThat(accepts(local(port))).isTrue());
    }

    @Test
    void virtualThreadsChangeNothing() {
        withOrders()
                .withPropertyValues("spring.threads.virtual.enabled=true")
                .run(context -> assertThat(context).hasSingleBean(ManagedTunnel.class));
    }

    @Test
    void whatConnectsToADatabaseDependsOnAllTunnels() {
        withOrders().withUserConfiguration(DatabaseUsers.class).run(context -> {
            for (String bean : List.of("dataSource", "details")) {
                assertThat(context.getBeanFactory().getDependenciesForBean(bean))
                        .contains("managedTunnel.orders");
            }
            assertThat(context.getBeanFactory().getDependentBeans("managedTunnel.orders"))
                    .contains("dataSource", "details");
        });
    }

    /** One that is up is closed after it: DataSourceBehindBastionIT. */
    @Test
    void aTunnelThatIsDownIsClosedBeforeWhatWouldWaitForIt() {
        List<String> closed = new CopyOnWriteArrayList<>();
        withOrders()
                .withBean(
                        TunnelSpecCustomizer.class,
                        () -> (name, builder) -> builder.listener(event -> {
                            if (event instanceof TunnelEvent.StateChanged change && change.to() == TunnelState.CLOSED) {
                                closed.add("tunnel");
                            }
                        }))
                .withBean("user", ClosingDetails.class, () -> new ClosingDetails(closed))
                .run(ConfigurableApplicationContext::close);

        assertThat(closed).containsExactly("tunnel", "user");
    }

    @Test
    void aClosedContextLeavesItsPortToTheNextOne() throws IOException {
        int port = TestTunnels.freePort();
        for (int restart = 0; restart < 5; restart++) {
            contextRunner()
                    .withPropertyValues(
                            "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432",
                            "managed-tunnel.tunnels.orders.forwards[0].listen-on=" + port)
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(context.getBean(ManagedTunnel.class)
                                        .address()
                                        .getPort())
                                .isEqualTo(port);
                    });
            assertThat(accepts(local(port))).isFalse();
        }
    }

    @Test
    void aContextThatIsRefreshedHasANewTunnelOnTheSamePort() throws IOException {
        int port = TestTunnels.freePort();
        ManagedTunnel last;
        try (AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext()) {
            TestPropertyValues.of(
                            "managed-tunnel.tunnels.orders.gateway=" + TestTunnels.NO_GATEWAY,
                            "managed-tunnel.tunnels.orders.credentials.password=secret",
                            "managed-tunnel.tunnels.orders.required=false",
                            "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432",
                            "managed-tunnel.tunnels.orders.forwards[0].listen-on=" + port)
                    .applyTo(context);
            context.register(ManagedTunnelAutoConfiguration.class);
            context.refresh();
            ManagedTunnel first = context.getBean(ManagedTunnel.class);

            context.refresh();

            last = context.getBean(ManagedTunnel.class);
            assertThat(first.state()).isEqualTo(TunnelState.CLOSED);
            assertThat(last.state()).isNotEqualTo(TunnelState.CLOSED);
            assertThat(last.address().getPort()).isEqualTo(port);
            assertThat(accepts(local(port))).isTrue();
        }
        assertThat(last.state()).isEqualTo(TunnelState.CLOSED);
    }

    @Test
    void aStartThatFailsLeavesNoPortBehind() throws IOException {
        int port = TestTunnels.freePort();
        contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432",
                        "managed-tunnel.tunnels.orders.forwards[0].listen-on=" + port)
                .withBean("late", Object.class, () -> {
                    throw new IllegalStateException("something else fails");
                })
                .run(context -> assertThat(context).hasFailed());

        assertThat(accepts(local(port))).isFalse();
    }

    @Test
    void aTunnelOfTheApplicationsOwnIsOneOfThem() {
        withOrders()
                .withBean(
                        "own",
                        ManagedTunnel.class,
                        () -> TunnelSpec.builder("own")
                                .gateway(TestTunnels.NO_GATEWAY)
                                .credentials(Credentials.password(() -> new char[] {'x'}))
                                .forward(Forward.local("own.internal", 80))
                                .build()
                                .start())
                .run(context -> {
                    ManagedTunnels tunnels = context.getBean(ManagedTunnels.class);
                    assertThat(tunnels.byName()).containsOnlyKeys("own", "orders");
                    assertThat(tunnels.find("own")).isPresent();
                    assertThat(tunnels.settings("own").required()).isFalse();
                    assertThat(tunnels.route("own.internal", 80))
                            .hasValueSatisfying(
                                    route -> assertThat(route.label()).isEqualTo("own/own.internal:80"));
                });
    }

    @Test
    void twoTunnelsOfOneNameAreRefused() {
        withOrders()
                .withBean(
                        "own",
                        ManagedTunnel.class,
                        () -> TunnelSpec.builder("orders")
                                .gateway(TestTunnels.NO_GATEWAY)
                                .credentials(Credentials.password(() -> new char[] {'x'}))
                                .forward(Forward.local("own.internal", 80))
                                .build()
                                .start())
                .run(
                        context -> assertThatIllegalStateException()
                                .isThrownBy(() ->
                                        context.getBean(ManagedTunnels.class).byName())
                                .withMessage(
                                        "there are two tunnels 'orders', the second is bean 'managedTunnel.orders'; rename one"));
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static boolean accepts(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, 5_000);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UsesBothByName {
        @Bean
        String names(@Qualifier("orders") ManagedTunnel orders, @Qualifier("stock") ManagedTunnel stock) {
            return orders.name() + " " + stock.name();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class DatabaseUsers {
        @Bean
        DataSource dataSource() {
            return new DriverManagerDataSource();
        }

        @Bean
        ConnectionDetails details() {
            return new ConnectionDetails() {};
        }
    }

    static final class ClosingDetails implements ConnectionDetails, AutoCloseable {
        private final List<String> closed;

        ClosingDetails(List<String> closed) {
            this.closed = closed;
        }

        @Override
        public void close() {
            closed.add("user");
        }
    }
}
