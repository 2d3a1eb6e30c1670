package dev.managedtunnel.internal;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VisibleStateTest {
    private final TunnelException probe = new TunnelException(FailureReason.PROBE_FAILED, "probe", null);
    private final TunnelException loss = new TunnelException(FailureReason.CONNECTION_LOST, "lost", null);

    private final List<String> moves = new ArrayList<>();
    private final VisibleState state = new VisibleState(
            (from, to, cause) -> moves.add(from + " " + to + " " + (cause == null ? "" : cause.reason())));

    @Test
    void withoutProbesItIsTheSupervisors() {
        state.supervised(UP, null);
        state.supervised(BACKING_OFF, loss);
        state.supervised(CONNECTING, null);
        state.supervised(CLOSED, null);
        assertThat(moves)
                .containsExactly(
                        "CONNECTING UP ",
                        "UP BACKING_OFF CONNECTION_LOST",
                        "BACKING_OFF CONNECTING ",
                        "CONNECTING CLOSED ");
    }

    @Test
    void aFailingProbeDegradesWhatIsUpAndSaysWhy() {
        state.supervised(UP, null);
        state.probed(probe);
        state.probed(probe);
        state.probed(null);
        assertThat(moves).containsExactly("CONNECTING UP ", "UP DEGRADED PROBE_FAILED", "DEGRADED UP ");
    }

    @Test
    void aProbeThatFailsOnLeavesTheNextSessionDegradedFromTheStart() {
        state.supervised(UP, null);
        state.probed(probe);
        state.supervised(BACKING_OFF, loss);
        state.supervised(CONNECTING, null);
        state.supervised(UP, null);
        assertThat(moves)
                .endsWith(
                        "DEGRADED BACKING_OFF CONNECTION_LOST",
                        "BACKING_OFF CONNECTING ",
                        "CONNECTING DEGRADED PROBE_FAILED");
    }

    @Test
    void withoutASessionProbesChangeNothing() {
        state.probed(probe);
        state.probed(null);
        assertThat(moves).isEmpty();
    }

    @Test
    void whatIsDegradedForTwoReasonsIsSoUntilBothAreGone() {
        state.supervised(DEGRADED, null);
        state.probed(probe);
        state.supervised(UP, null);
        state.probed(null);
        assertThat(moves).containsExactly("CONNECTING DEGRADED ", "DEGRADED UP ");
    }
}
