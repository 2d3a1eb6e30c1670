package dev.managedtunnel.examples.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.examples.app.live.PageState.Happening;
import dev.managedtunnel.examples.app.live.PageState.Kind;
import dev.managedtunnel.examples.app.live.PageState.Span;
import dev.managedtunnel.examples.app.live.PageState.Traffic;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");
    private static final Gateway GATEWAY = Gateway.parse("me@bastion");
    private final TunnelException cut = new TunnelException(FailureReason.CONNECTION_LOST, "it broke", null);

    private final History history = new History(TunnelState.UP, START, 0, 0);

    /** What the actuator tells is handed on as it is. */
    private PageState.Tunnel view() {
        return history.view(null);
    }

    private static TunnelEvent changed(long second, TunnelState from, TunnelState to) {
        return new TunnelEvent.StateChanged("orders", START.plusSeconds(second), from, to, null);
    }

    @Test
    void statesAreListedFromWhenTheyBegan() {
        history.add(changed(10, TunnelState.UP, TunnelState.BACKING_OFF));
        history.add(changed(12, TunnelState.BACKING_OFF, TunnelState.UP));

        assertThat(view().states())
                .containsExactly(
                        new Span(TunnelState.UP, START),
                        new Span(TunnelState.BACKING_OFF, START.plusSeconds(10)),
                        new Span(TunnelState.UP, START.plusSeconds(12)));
    }

    @Test
    void aStateThatNobodyToldOfIsFoundByTheNextSample() {
        history.sample(TunnelState.DEGRADED, START.plusSeconds(3), 0, 0);

        assertThat(view().states()).contains(new Span(TunnelState.DEGRADED, START.plusSeconds(3)));
    }

    @Test
    void whatWasOverAnHourAgoIsForgottenAndTheStateOfThatTimeIsNot() {
        history.add(changed(10, TunnelState.UP, TunnelState.BACKING_OFF));
        history.add(changed(12, TunnelState.BACKING_OFF, TunnelState.UP));
        history.add(changed(3700, TunnelState.UP, TunnelState.BACKING_OFF));

        assertThat(view().states())
                .containsExactly(
                        new Span(TunnelState.UP, START.plusSeconds(12)),
                        new Span(TunnelState.BACKING_OFF, START.plusSeconds(3700)));
    }

    @Test
    void itStaysBoundedWhateverHappens() {
        for (int i = 1; i < 10_000; i++) {
            boolean down = i % 2 == 1;
            Instant at = START.plusMillis(i * 100L);
            history.add(new TunnelEvent.StateChanged(
                    "orders",
                    at,
                    down ? TunnelState.UP : TunnelState.CONNECTING,
                    down ? TunnelState.CONNECTING : TunnelState.UP,
                    null));
            history.add(new TunnelEvent.SessionLost("orders", at, GATEWAY, Duration.ZERO, cut));
            history.sample(down ? TunnelState.CONNECTING : TunnelState.UP, at, 0, 0);
        }

        assertThat(view().states()).hasSize(History.MOST_SPANS);
        assertThat(view().happenings()).hasSize(History.MOST_HAPPENINGS);
        assertThat(view().traffic()).hasSize(History.SECONDS_OF_TRAFFIC);
    }

    @Test
    void lossAndRecoveryAreToldNewestFirst() {
        Duration age = Duration.ofMinutes(3);
        Duration outage = Duration.ofMillis(40);
        history.add(new TunnelEvent.SessionLost("orders", START.plusSeconds(1), GATEWAY, age, cut));
        history.add(new TunnelEvent.SessionUp("orders", START.plusSeconds(2), GATEWAY, 2, outage, outage));

        assertThat(view().happenings())
                .containsExactly(
                        new Happening(START.plusSeconds(2), Kind.UP, "via me@bastion:22", outage, 1),
                        new Happening(START.plusSeconds(1), Kind.LOST, "it broke", age, 1));
        assertThat(view().failedAt()).isEqualTo(START.plusSeconds(1));
    }

    @Test
    void startsThatFailOneAfterTheOtherAreOneLine() {
        for (int i = 1; i <= 3; i++) {
            history.add(new TunnelEvent.StartFailed("orders", START.plusSeconds(i), GATEWAY, i, cut));
        }

        assertThat(view().happenings())
                .containsExactly(new Happening(START.plusSeconds(3), Kind.START_FAILED, "it broke", null, 3));
    }

    @Test
    void aConnectionThatBrokeWithItsSessionIsNotToldAgain() {
        history.add(new TunnelEvent.ConnectionFailed("orders", START, "db", ConnectionOutcome.BROKEN, "session lost"));
        history.add(
                new TunnelEvent.ConnectionFailed("orders", START, "db", ConnectionOutcome.TARGET_REFUSED, "refused"));

        assertThat(view().happenings())
                .singleElement()
                .extracting(Happening::kind, Happening::detail)
                .containsExactly(Kind.CONNECTION_FAILED, "refused");
    }

    @Test
    void trafficIsWhatCameSinceTheLastSecond() {
        history.sample(TunnelState.UP, START, 100, 10);
        history.sample(TunnelState.UP, START, 150, 10);
        history.sample(TunnelState.UP, START, 0, 0); // its forward was removed

        assertThat(view().traffic()).containsExactly(new Traffic(100, 10), new Traffic(50, 0), new Traffic(0, 0));
    }
}
