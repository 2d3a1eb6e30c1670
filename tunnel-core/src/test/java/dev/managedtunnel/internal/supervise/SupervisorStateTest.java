package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelState;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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
            CONNECTING,  false,      true,  true,     true,        true,   true
            UP,          false,      false, true,     true,        true,   true
            DEGRADED,    true,       true,  false,    true,        true,   true
            BACKING_OFF, true,       true,  true,     false,       false,  true
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
        } else {
            assertThat(next).contains(CLOSED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noStateMovesToItself(TunnelState state) {
        assertThat(SupervisorState.isLegal(state, state)).isFalse();
    }

    @Test
    void aTunnelIsUpWhenAllItsSessionsAreAndDegradedWhenSomeAre() {
        SlotState up = new SlotState.Up(new Session(
                new SimulatedLinks().new FakeLink(Gateway.parse("deploy@bastion")),
                Gateway.parse("deploy@bastion"),
                1,
                Duration.ZERO,
                0));
        SlotState off = new SlotState.BackingOff(Instant.EPOCH);
        SlotState idle = new SlotState.Idle();
        SlotState ended = new SlotState.Ended();
        assertThat(visible(up)).isEqualTo(UP);
        assertThat(visible(up, up)).isEqualTo(UP);
        assertThat(visible(up, off)).isEqualTo(DEGRADED);
        assertThat(visible(idle, up)).isEqualTo(DEGRADED);
        assertThat(visible(up, ended)).isEqualTo(DEGRADED);
        assertThat(visible(idle, off)).isEqualTo(CONNECTING);
        assertThat(visible(off, off)).isEqualTo(BACKING_OFF);
        assertThat(visible(off, ended)).isEqualTo(BACKING_OFF);
    }

    @Test
    void theNextStartIsTheFirstOfThosePutOff() {
        SlotState soon = new SlotState.BackingOff(Instant.EPOCH);
        SlotState late = new SlotState.BackingOff(Instant.EPOCH.plusSeconds(1));
        assertThat(SupervisorState.of(List.of(late, soon, late)).nextStart()).isEqualTo(Instant.EPOCH);
        assertThat(SupervisorState.of(List.of(new SlotState.Idle())).nextStart())
                .isNull();
    }

    private static TunnelState visible(SlotState... slots) {
        return SupervisorState.of(List.of(slots)).visible();
    }

    @Test
    void onlyUpAndDegradedServeAndOnlyFailedAndClosedAreFinal() {
        assertThat(TunnelState.values()).filteredOn(TunnelState::isServing).containsExactly(UP, DEGRADED);
        assertThat(TunnelState.values()).filteredOn(TunnelState::isFinal).containsExactly(FAILED, CLOSED);
    }
}
