package dev.managedtunnel.internal.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusBookTest {
    private static final Gateway GATEWAY = Gateway.of("deploy", "bastion", 22);
    private static final Gateway SECOND = Gateway.of("deploy", "bastion2", 22);

    private final FakeScheduler time = new FakeScheduler();
    private final Instant begin = time.now();
    private final StatusBook book = new StatusBook("orders-db", List.of(GATEWAY, SECOND), time);
    private final StillLink link = new StillLink();

    @Test
    void aNewTunnelIsConnectingAndHasDoneNothing() {
        TunnelStatus status = status();
        assertThat(status.name()).isEqualTo("orders-db");
        assertThat(status.gateway()).isEqualTo(GATEWAY);
        assertThat(status.state()).isEqualTo(TunnelState.CONNECTING);
        assertThat(status.since()).isEqualTo(begin);
        assertThat(status.starts()).isZero();
        assertThat(status.sessionAge()).isEmpty();
        assertThat(status.keepAliveRoundTrip()).isEmpty();
        assertThat(status.lastFailure()).isEmpty();
        assertThat(status.nextAttempt()).isEmpty();
        assertThat(status).hasToString("orders-db CONNECTING via deploy@bastion:22, starts 0, active 0, parked 0");
    }

    @Test
    void everyReasonOfALossIsThereFromTheStart() {
        assertThat(status().losses())
                .containsOnlyKeys(FailureReason.values())
                .allSatisfy((reason, count) -> assertThat(count).isZero());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> status().losses().clear());
    }

    @Test
    void aSessionThatIsUpHasAnAgeAndARoundTrip() {
        book.starting(GATEWAY);
        book.up(GATEWAY, link);
        book.moved(TunnelState.UP);
        time.advance(Duration.ofSeconds(42));
        link.roundTrip = Duration.ofMillis(3);
        assertThat(status().state()).isEqualTo(TunnelState.UP);
        assertThat(status().since()).isEqualTo(begin);
        assertThat(status().starts()).isEqualTo(1);
        assertThat(status().sessionAge()).contains(Duration.ofSeconds(42));
        assertThat(status().keepAliveRoundTrip()).contains(Duration.ofMillis(3));
    }

    @Test
    void aLossIsCountedAndRememberedThroughTheRecovery() {
        TunnelException why = failure(FailureReason.KEEPALIVE_TIMEOUT);
        book.starting(GATEWAY);
        book.up(GATEWAY, link);
        book.moved(TunnelState.UP);
        book.lost(link, why);
        time.advance(Duration.ofSeconds(1));
        book.moved(TunnelState.BACKING_OFF);
        assertThat(status().sessionAge()).isEmpty();
        assertThat(status().keepAliveRoundTrip()).isEmpty();
        assertThat(status().since()).isEqualTo(begin.plusSeconds(1));
        assertThat(status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
        book.starting(GATEWAY);
        book.up(GATEWAY, link);
        book.moved(TunnelState.UP);
        assertThat(status().lastFailure()).contains(why);
        assertThat(status().starts()).isEqualTo(2);
        assertThat(status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
    }

    @Test
    void severalSessionsAreEachShownAndTheOldestOneStandsForTheTunnel() {
        StillLink other = new StillLink();
        book.starting(GATEWAY);
        book.up(GATEWAY, link);
        time.advance(Duration.ofSeconds(1));
        book.starting(SECOND);
        book.up(SECOND, other);
        time.advance(Duration.ofSeconds(1));
        assertThat(status().sessions())
                .extracting(TunnelStatus.Session::gateway, TunnelStatus.Session::age)
                .containsExactly(tuple(GATEWAY, Duration.ofSeconds(2)), tuple(SECOND, Duration.ofSeconds(1)));
        assertThat(status().gateway()).isEqualTo(GATEWAY);
        assertThat(status().startsByGateway()).isEqualTo(Map.of(GATEWAY, 1L, SECOND, 1L));
        book.lost(link, failure(FailureReason.CONNECTION_LOST));
        assertThat(status().gateway()).isEqualTo(SECOND);
        assertThat(status().sessionAge()).contains(Duration.ofSeconds(1));
    }

    @Test
    void aRetiredSessionIsShownAsSuchUntilItsEndAndStandsForNothing() {
        StillLink by = new StillLink();
        book.up(GATEWAY, link);
        time.advance(Duration.ofSeconds(9));
        book.up(SECOND, by);
        book.retired(link);
        assertThat(status().sessions())
                .extracting(TunnelStatus.Session::isRetired)
                .containsExactly(true, false);
        assertThat(status().sessionAge()).contains(Duration.ZERO);
        assertThat(status().gateway()).isEqualTo(SECOND);
        book.ended(link);
        assertThat(status().sessions()).hasSize(1);
        assertThat(status().losses().values()).containsOnly(0L);
    }

    @Test
    void withoutASessionTheGatewayIsTheOneThatIsTried() {
        book.starting(SECOND);
        assertThat(status().gateway()).isEqualTo(SECOND);
        book.up(SECOND, link);
        book.starting(GATEWAY);
        assertThat(status().gateway()).as("in use").isEqualTo(SECOND);
    }

    @Test
    void aFailedStartIsNoLoss() {
        book.starting(GATEWAY);
        book.startFailed(failure(FailureReason.CONNECT_REFUSED));
        book.moved(TunnelState.BACKING_OFF);
        assertThat(status().losses().values()).containsOnly(0L);
        assertThat(status().startFailures())
                .containsOnlyKeys(FailureReason.values())
                .containsEntry(FailureReason.CONNECT_REFUSED, 1L)
                .containsEntry(FailureReason.CONNECTION_LOST, 0L);
        assertThat(book.lastFailure()).isSameAs(status().lastFailure().orElseThrow());
        assertThat(status().toString()).contains("last failure: it failed; ").endsWith("[CONNECT_REFUSED]");
    }

    @Test
    void whatHasEndedHasNoSession() {
        book.up(GATEWAY, link);
        book.moved(TunnelState.UP);
        book.moved(TunnelState.CLOSED);
        assertThat(status().state()).isEqualTo(TunnelState.CLOSED);
        assertThat(status().sessionAge()).isEmpty();
    }

    @Test
    void theNextStartIsWhatTheSupervisorSaysAtTheMoment() {
        Instant next = time.now().plusSeconds(9);
        assertThat(book.status(next, List.of(), List.of()).nextAttempt()).contains(next);
        assertThat(status().nextAttempt()).isEmpty();
    }

    @Test
    void aStatusIsASnapshot() {
        TunnelStatus before = status();
        book.starting(GATEWAY);
        book.lost(link, failure(FailureReason.CONNECTION_LOST));
        book.moved(TunnelState.FAILED);
        assertThat(before.state()).isEqualTo(TunnelState.CONNECTING);
        assertThat(before.starts()).isZero();
        assertThat(before.losses().values()).containsOnly(0L);
        assertThat(before.lastFailure()).isEmpty();
    }

    private TunnelStatus status() {
        return book.status(null, List.of(), List.of());
    }

    private static TunnelException failure(FailureReason reason) {
        return new TunnelException(reason, "it failed", null);
    }

    private static final class StillLink implements Link {
        private @Nullable Duration roundTrip;

        @Override
        public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<?> unlisten(String address, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<TunnelException> lost() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cut(TunnelException why) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check(Duration deadline) {
            // It lives.
        }

        @Override
        public @Nullable Duration roundTrip() {
            return roundTrip;
        }

        @Override
        public Map<StartPhase, Duration> startPhases() {
            return Map.of();
        }
    }
}
