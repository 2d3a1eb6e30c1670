package dev.managedtunnel.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a tunnel does without any gateway. With one, see {@code TunnelContract}. */
@ExtendWith(NoLeaks.class)
@Timeout(30)
class RealTunnelTest {
    private static final Duration FOR_EVER = ChronoUnit.FOREVER.getDuration();

    private static TunnelSpec.Builder toNobody() {
        return TunnelSpec.builder("orders")
                .gateway(Gateway.of("deploy", "127.0.0.1", FreePorts.next()))
                .credentials(Credentials.password(() -> "s3cret".toCharArray()))
                .hostKeys(HostKeys.insecureAcceptAny())
                .forward(Forward.local("db", 5432));
    }

    private static TunnelSpec givingUpAtOnce() {
        return toNobody().restart(RestartPolicy.builder().maxStarts(1).build()).build();
    }

    @Test
    void openThatIsNotUpInTimeSaysSoAndWhatItsLastStartMet() {
        TunnelSpec spec = toNobody().build();
        Gateway gateway = spec.gateways().get(0);
        assertThatExceptionOfType(TunnelException.class)
                .isThrownBy(() -> spec.open(Duration.ofMillis(500)))
                .withMessageMatching("tunnel orders was not up within 500 ms; its last start: cannot connect to "
                        + gateway + " \\(start 1, \\d+ ms\\): Connection refused; check that the SSH server runs and"
                        + " listens on that port \\[CONNECT_REFUSED]");
    }

    @Test
    void openMayWaitForEverAndStillTellsOfTheFailure() {
        TunnelSpec spec = givingUpAtOnce();
        assertThatExceptionOfType(TunnelException.class)
                .isThrownBy(() -> spec.open(FOR_EVER))
                .satisfies(failed -> assertThat(failed.reason()).isEqualTo(FailureReason.CONNECT_REFUSED));
    }

    @Test
    void aDrainMayTakeForEverAndEndsWhenNothingIsLeftToDrain() {
        RealTunnel tunnel = RealTunnel.start(toNobody().build());
        tunnel.close(FOR_EVER);
        assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
    }

    @Test
    void aNegativeDrainIsNone() {
        RealTunnel tunnel = RealTunnel.start(toNobody().build());
        tunnel.close(Duration.ofSeconds(-100));
        assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
    }

    @Test
    void stagesOnWhenUpRunOnAWorkerWhenTheTunnelIsClosed() throws Exception {
        AtomicReference<@Nullable String> ranOn = new AtomicReference<>();
        AtomicReference<@Nullable Throwable> why = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        RealTunnel tunnel = RealTunnel.start(toNobody().build());
        tunnel.whenUp().whenComplete((none, failure) -> {
            ranOn.set(Thread.currentThread().getName());
            why.set(failure.getCause());
            done.countDown();
        });
        tunnel.close();
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ranOn.get()).startsWith("tunnel-orders-worker-");
        assertThat(why.get())
                .isInstanceOf(TunnelException.class)
                .hasMessage("tunnel orders is closed; this was asked for by the application [CLOSED]");
    }

    @Test
    void aListenerMayCloseTheTunnelThatTellsIt() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        AtomicReference<@Nullable RealTunnel> self = new AtomicReference<>();
        CountDownLatch ready = new CountDownLatch(1);
        RealTunnel tunnel = RealTunnel.start(toNobody()
                .listener(event -> {
                    if (event instanceof TunnelEvent.StartFailed) {
                        awaitQuietly(ready);
                        self.get().close();
                        closed.countDown();
                    }
                })
                .build());
        self.set(tunnel);
        ready.countDown();
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        tunnel.close();
        assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
    }

    @Test
    void aTunnelThatGaveUpSaysWhyInItsStatusAndToWhoWaits() throws Exception {
        try (RealTunnel tunnel = RealTunnel.start(givingUpAtOnce())) {
            TunnelException why =
                    catchThrowableOfType(TunnelException.class, () -> tunnel.awaitUp(Duration.ofSeconds(20)));
            assertThat(why.reason()).isEqualTo(FailureReason.CONNECT_REFUSED);
            assertThat(why.getCause()).isSameAs(tunnel.status().lastFailure().orElseThrow());
            assertThat(why.getStackTrace())
                    .as("where it was waited for")
                    .anySatisfy(frame -> assertThat(frame.getClassName())
                            .isEqualTo(getClass().getName()));
            assertThat(tunnel.state()).isEqualTo(TunnelState.FAILED);
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
