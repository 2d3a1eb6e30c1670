package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.boot.TestTunnels;
import org.junit.jupiter.api.Test;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.mock.env.MockEnvironment;

class TunnelPropertyFailureAnalyzerTest {

    @Test
    void namesThePropertyItsValueAndTheRemedy() {
        TestTunnels.withOrders()
                .withPropertyValues("managed-tunnel.tunnels.orders.keep-alive.interval=1ms")
                .run(context -> {
                    FailureAnalysis analysis = analysis(context, new MockEnvironment());
                    assertThat(analysis.getDescription())
                            .isEqualTo("The configuration property 'managed-tunnel.tunnels.orders.keep-alive.interval'"
                                    + " can't be used: keepAlive interval: 'PT0.001S' is out of range; give PT0.1S to"
                                    + " PT24H.");
                    assertThat(analysis.getAction())
                            .isEqualTo("Set 'managed-tunnel.tunnels.orders.keep-alive.interval' as described.");
                });
    }

    @Test
    void namesWhereItComesFrom() {
        String property = "managed-tunnel.tunnels.orders.gateway";
        TestTunnels.withOrders()
                .withPropertyValues(property + "=me:secret@bastion")
                .run(context -> {
                    FailureAnalysis analysis =
                            analysis(context, new MockEnvironment().withProperty(property, "me:secret@bastion"));
                    assertThat(analysis.getAction())
                            .isEqualTo("Correct '" + property + "' as described. It comes from \"" + property
                                    + "\" from property source \"mockProperties\".");
                    assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain("secret");
                });
    }

    @Test
    void namesWhatIsMissing() {
        TestTunnels.contextRunner()
                .withPropertyValues("managed-tunnel.tunnels.orders.connect-timeout=5s")
                .run(context -> assertThat(
                                analysis(context, new MockEnvironment()).getDescription())
                        .isEqualTo("The configuration property 'managed-tunnel.tunnels.orders.forwards' can't be used:"
                                + " it is missing; give what is to be reached, as host:port."));
    }

    private static FailureAnalysis analysis(AssertableApplicationContext context, MockEnvironment environment) {
        return new TunnelPropertyFailureAnalyzer(environment).analyze(context.getStartupFailure());
    }
}
