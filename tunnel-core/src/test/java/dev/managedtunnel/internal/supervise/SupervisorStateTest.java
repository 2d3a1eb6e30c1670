package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SupervisorStateTest {
    /** A row per state it comes from, a column per state it goes to: every pair is decided here. */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            FROM,        CONNECTING, UP,    DEGRADED, BACKING_OFF, FAILED, CLOSED
            CONNECTING,  false,      true,  false,    true,        true,   true
            UP,          false,      false, false,    true,        true,   true
            DEGRADED,    false,      false, false,    false,       false,  false
            BACKING_OFF, true,       false, false,    false,       false,  true
            FAILED,      false,      false, false,    false,       false,  true
            CLOSED,      false,      false, false,    false,       false,  false
            """)
    void theTableOfMovesIsThis(
            TunnelState from,
            boolean connecting,
            boolean up,
            boolean degraded,
            boolean backingOff,
            boolean failed,
            boolean closed) {
        assertThat(SupervisorState.isLegal(from, CONNECTING)).isEqualTo(connecting);
        assertThat(SupervisorState.isLegal(from, UP)).isEqualTo(up);
        assertThat(SupervisorState.isLegal(from, DEGRADED)).isEqualTo(degraded);
        assertThat(SupervisorState.isLegal(from, BACKING_OFF)).isEqualTo(backingOff);
        assertThat(SupervisorState.isLegal(from, FAILED)).isEqualTo(failed);
        assertThat(SupervisorState.isLegal(from, CLOSED)).isEqualTo(closed);
    }

    @ParameterizedTest
    @EnumSource
    void finalStatesAbsorbButThatWhatFailedCanBeClosed(TunnelState state) {
        Set<TunnelState> next = Arrays.stream(TunnelState.values())
                .filter(to -> SupervisorState.isLegal(state, to))
                .collect(Collectors.toSet());
        if (state.isFinal()) {
            assertThat(next).isEqualTo(state == FAILED ? Set.of(CLOSED) : Set.of());
        } else if (state != DEGRADED) {
            assertThat(next).contains(CLOSED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noStateMovesToItself(TunnelState state) {
        assertThat(SupervisorState.isLegal(state, state)).isFalse();
    }

    @Test
    void eachStateIsSeenFromOutsideAsItsOwn() {
        TunnelException cause = new TunnelException(FailureReason.NOT_SSH, "it failed", null);
        assertThat(new SupervisorState.Waiting(null).visible()).isEqualTo(CONNECTING);
        assertThat(new SupervisorState.Up(new SimulatedLinks().new FakeLink(), 0).visible())
                .isEqualTo(UP);
        assertThat(new SupervisorState.BackingOff(Instant.EPOCH).visible()).isEqualTo(BACKING_OFF);
        assertThat(new SupervisorState.Failed(cause).visible()).isEqualTo(FAILED);
        assertThat(new SupervisorState.Closed().visible()).isEqualTo(CLOSED);
    }

    @Test
    void onlyUpAndDegradedServeAndOnlyFailedAndClosedAreFinal() {
        assertThat(TunnelState.values()).filteredOn(TunnelState::isServing).containsExactly(UP, DEGRADED);
        assertThat(TunnelState.values()).filteredOn(TunnelState::isFinal).containsExactly(FAILED, CLOSED);
    }
}
