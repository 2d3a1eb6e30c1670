package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.EchoLoad.Result;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Two uplinks to one server, of which the preferred one loses packets: in bursts, which is no reason to leave it, and for
 * good, which is. {@link UplinkFigures} does it for minutes.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(90)
class UplinksIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration BURST = Duration.ofSeconds(3);

    private static UplinkLab lab;
    private final Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void makeLab() {
        lab = UplinkLab.create();
    }

    @AfterAll
    static void closeLab() {
        if (lab != null) {
            lab.close();
        }
    }

    @AfterEach
    void heal() {
        lab.primary().heal();
        lab.primary().plug();
    }

    @Test
    void aBurstOfLossIsSatOutOnTheSameSession() throws Exception {
        try (ManagedTunnel tunnel = lab.spec().listener(events::add).build().open();
                HeldConnections held = new HeldConnections(tunnel.address());
                EchoLoad load = EchoLoad.on(tunnel.address())) {
            held.add();
            lab.burst(BURST);
            assertThat(held.exchange()).as("broken").isEmpty();
            assertThat(load.finish()).allMatch(attempt -> attempt.result() == Result.SERVED);
            assertThat(tunnel.status().starts()).isEqualTo(1);
            assertThat(decisions()).isEmpty();
        }
    }

    @Test
    void aPolicyThatActsOnOneMissingAnswerBreaksWhatTheBurstDidNot() throws Exception {
        try (ManagedTunnel tunnel = lab.naive().listener(events::add).build().open();
                HeldConnections held = new HeldConnections(tunnel.address())) {
            held.add();
            held.exchange();
            lab.burst(BURST);
            assertThat(held.exchange()).as("broken").hasSize(1);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(decisions())
                            .extracting(TunnelEvent.FailoverDecided::step)
                            .startsWith(FailoverStep.LEFT)
                            .contains(FailoverStep.RETURNED));
        }
    }

    @Test
    void anUplinkThatIsGoneIsLeftAndReturnedToWithoutBreakingAnything() throws Exception {
        FailoverPolicy soon = FailoverPolicy.builder()
                .checkEvery(Duration.ofMillis(500))
                .dwell(Duration.ofSeconds(2))
                .build();
        try (ManagedTunnel tunnel = lab.spec()
                        .keepAlive(KeepAlive.every(Duration.ofSeconds(1)).missed(2))
                        .connectTimeout(Duration.ofSeconds(1))
                        .failover(soon)
                        .listener(events::add)
                        .build()
                        .open();
                HeldConnections held = new HeldConnections(tunnel.address());
                EchoLoad load = EchoLoad.on(tunnel.address())) {
            lab.primary().unplug();
            await().atMost(SOON).until(() -> sessionBy().equals(lab.bySecondary()));
            assertThat(decisions()).first().satisfies(decided -> {
                assertThat(decided.step()).isEqualTo(FailoverStep.LEFT);
                assertThat(decided.from()).isEqualTo(lab.byPrimary());
                assertThat(decided.reason()).contains("2 failures in a row");
            });
            held.add();
            lab.primary().plug();
            await().atMost(SOON).until(() -> sessionBy().equals(lab.byPrimary()));
            assertThat(held.exchange()).as("broken by going back").isEmpty();
            long back = System.nanoTime();
            load.awaitAny(SOON, attempt -> attempt.openedAt() > back && attempt.result() == Result.SERVED);
            assertThat(load.finish())
                    .as("refused by the listener, which never unbinds")
                    .noneMatch(attempt -> attempt.result() == Result.REFUSED);
        }
    }

    private Gateway sessionBy() {
        return events.stream()
                .filter(TunnelEvent.SessionUp.class::isInstance)
                .map(event -> ((TunnelEvent.SessionUp) event).gateway())
                .reduce((before, last) -> last)
                .orElseThrow();
    }

    private List<TunnelEvent.FailoverDecided> decisions() {
        return events.stream()
                .filter(TunnelEvent.FailoverDecided.class::isInstance)
                .map(TunnelEvent.FailoverDecided.class::cast)
                .toList();
    }
}
