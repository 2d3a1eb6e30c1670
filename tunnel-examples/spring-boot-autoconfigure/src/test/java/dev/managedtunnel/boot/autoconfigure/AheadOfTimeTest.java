package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.TestTunnels;
import dev.managedtunnel.boot.autoconfigure.actuate.TunnelMetricsAutoConfiguration;
import dev.managedtunnel.boot.autoconfigure.connection.JdbcTunnelAutoConfiguration;
import dev.managedtunnel.jdbc.TunnelSocketFactory;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.GenerationContext;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;

/** Processed ahead of time, an application has the tunnels that it had then, with the values that it has now. */
class AheadOfTimeTest {
    private static final Map<String, Object> AT_BUILD_TIME = Map.of(
            "managed-tunnel.defaults.gateway", "${gateway}",
            "managed-tunnel.defaults.credentials.password", "${unknown-at-build-time}",
            "managed-tunnel.defaults.required", "false",
            "managed-tunnel.tunnels.orders.forwards", "db.internal:5432",
            "managed-tunnel.tunnels.stock.forwards", "stock.internal:3306");

    @Test
    @CompileWithForkedClassLoader // what is generated stands in our package, and needs our loader
    @SuppressWarnings("unchecked") // the class of what was compiled is known by its name only
    void theTunnelsAreThereWithoutReflectionOnTheirConfiguration() {
        TestGenerationContext generation = new TestGenerationContext();
        ClassName initializer = process(generation);

        TestCompiler.forSystem().with(generation).compile(compiled -> {
            try (GenericApplicationContext context = new GenericApplicationContext()) {
                environment(
                        context,
                        Map.of("gateway", TestTunnels.NO_GATEWAY, "unknown-at-build-time", "secret"),
                        AT_BUILD_TIME);
                compiled.getInstance(ApplicationContextInitializer.class, initializer.toString())
                        .initialize(context);
                context.refresh();

                assertThat(context.getBeansOfType(ManagedTunnel.class)).hasSize(2);
                ManagedTunnel orders = BeanFactoryAnnotationUtils.qualifiedBeanOfType(
                        context.getBeanFactory(), ManagedTunnel.class, "orders");
                assertThat(orders.status().gateway()).hasToString(TestTunnels.NO_GATEWAY);
            }
        });
    }

    @Test
    void aNativeImageIsToldWhatIsFoundByName() {
        TestGenerationContext generation = new TestGenerationContext();
        process(generation);

        RuntimeHints hints = generation.getRuntimeHints();
        assertThat(RuntimeHintsPredicates.reflection()
                        .onType(TunnelSocketFactory.class)
                        .withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(ForwardProperties.class, "valueOf"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(GatewayProperties.class, "valueOf"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onType(TunnelProperties.class))
                .accepts(hints);
    }

    private static ClassName process(GenerationContext generation) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            environment(context, Map.of(), AT_BUILD_TIME);
            context.register(
                    ManagedTunnelAutoConfiguration.class,
                    JdbcTunnelAutoConfiguration.class,
                    TunnelMetricsAutoConfiguration.class);
            ClassName initializer = new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
            ((TestGenerationContext) generation).writeGeneratedContent();
            return initializer;
        }
    }

    @SafeVarargs
    private static void environment(GenericApplicationContext context, Map<String, Object>... sources) {
        Consumer<Map<String, Object>> add = source -> context.getEnvironment()
                .getPropertySources()
                .addLast(new MapPropertySource("source-" + source.hashCode(), source));
        for (Map<String, Object> source : sources) {
            add.accept(source);
        }
    }
}
