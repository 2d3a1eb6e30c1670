package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.CONNECTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import dev.managedtunnel.internal.supervise.SimulatedLinks.Start;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A supervisor whose clock and sessions are in the test's hand, and which must leave nothing behind. */
abstract class SupervisorRig {
    static final Duration TICK = Duration.ofMillis(1);
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
    static final Gateway A = Gateway.parse("deploy@a");
    static final Gateway B = Gateway.parse("deploy@b");
    static final Gateway C = Gateway.parse("deploy@c");

    final FakeScheduler time = new FakeScheduler();
    final SimulatedLinks links = new SimulatedLinks();
    final StartTurns turns;
    final Seen seen = new Seen();

    @Nullable
    Supervisor supervisor;

    /** @param startsAtOnce how many starts the gateway's line lets be under way */
    SupervisorRig(int startsAtOnce) {
        turns = new StartTurns("supervisor test", startsAtOnce);
    }

    @AfterEach
    void leavesNothingBehind() {
        if (supervisor != null) {
            supervisor.close();
        }
        assertThat(time.pending()).as("timers after close").isZero();
        assertThat(links.open).as("sessions after close").isZero();
        assertThat(links.starting).as("starts after close").isZero();
        assertThat(turns.isIdle()).as("no turn after close").isTrue();
    }

    static RestartPolicy.Builder calm() {
        return RestartPolicy.builder();
    }

    /** Keeps one session to one gateway. */
    Supervisor supervise(RestartPolicy.Builder policy) {
        return supervise(1, policy, A);
    }

    Supervisor supervise(int redundancy, RestartPolicy.Builder policy, Gateway... gateways) {
        return supervise(redundancy, policy, FailoverPolicy.builder(), gateways);
    }

    Supervisor supervise(
            int redundancy, RestartPolicy.Builder policy, FailoverPolicy.Builder failover, Gateway... gateways) {
        Supervisor tunnel = new Supervisor(
                new Plan(List.of(gateways), redundancy, policy.build(), failover.build(), CONNECT_TIMEOUT),
                gateway -> turns,
                links,
                time,
                new SerialExecutor(),
                new SplittableRandom(1),
                seen);
        supervisor = tunnel;
        tunnel.start();
        time.advance(Duration.ZERO);
        return tunnel;
    }

    /** The next start, which comes soon. */
    Start nextStart() {
        return nextStart(Duration.ofMinutes(2));
    }

    Start nextStart(Duration within) {
        int before = links.starts.size();
        for (long i = 0; i < within.toMillis() && links.starts.size() == before; i++) {
            time.advance(TICK);
        }
        assertThat(links.starts).as("a start").hasSize(before + 1);
        return links.last();
    }

    /** Lets time pass up to the next start; how long that was, seen from the moment it was announced. */
    Duration untilNextStart() {
        int before = links.starts.size();
        Duration announced = Duration.between(time.now(), supervisor.nextStart());
        if (announced.compareTo(TICK) > 0) {
            time.advance(announced.minus(TICK));
            assertThat(links.starts).as("starts before the delay is over").hasSize(before);
            time.advance(TICK);
        } else {
            time.advance(announced);
        }
        assertThat(links.starts).as("starts after the delay").hasSize(before + 1);
        return announced;
    }

    /** What the supervisor has told. */
    static final class Seen implements SupervisorListener {
        final List<String> moves = new ArrayList<>();
        /** Those that take connections. */
        final List<Link> serving = new ArrayList<>();
        /** Those that take no more, and what is to be completed when they have none. */
        final Map<Link, CompletableFuture<@Nullable Void>> retired = new LinkedHashMap<>();

        final List<String> decisions = new ArrayList<>();
        final List<String> reasons = new ArrayList<>();
        /** What probes find out on trial. */
        Function<Session, CompletionStage<@Nullable String>> tryOut = on -> CompletableFuture.completedFuture(null);

        final List<Duration> outages = new ArrayList<>();
        /** The starts that came up. */
        final List<Long> started = new ArrayList<>();

        TunnelState state = CONNECTING;
        int startFailures;

        @Nullable
        TunnelException lastFailure;

        @Nullable
        TunnelException lastLoss;

        @Nullable
        TunnelException lastCause;

        FakeLink serving(int index) {
            return (FakeLink) serving.get(index);
        }

        @Override
        public void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause) {
            if (to != CONNECTING) {
                moves.add(from + ">" + to);
            }
            state = to;
            lastCause = cause;
        }

        @Override
        public void starting(Gateway gateway, long number) {}

        @Override
        public void started(Gateway gateway, long number, Duration took) {
            started.add(number);
        }

        @Override
        public void startFailed(Gateway gateway, long number, TunnelException cause) {
            startFailures++;
            lastFailure = cause;
        }

        @Override
        public void linkUp(Session session, @Nullable Duration outage) {
            serving.add(session.link());
            if (outage != null) {
                outages.add(outage);
            }
        }

        @Override
        public void linkLost(Session session, Duration age, TunnelException cause) {
            assertThat(serving.remove(session.link())).isTrue();
            lastLoss = cause;
        }

        @Override
        public CompletionStage<?> linkRetired(Session session, Session by, Duration age, String why) {
            assertThat(serving.remove(session.link())).isTrue();
            assertThat(serving).contains(by.link());
            CompletableFuture<@Nullable Void> empty = new CompletableFuture<>();
            retired.put(session.link(), empty);
            return empty;
        }

        @Override
        public CompletionStage<@Nullable String> tryOut(Session session) {
            return tryOut.apply(session);
        }

        @Override
        public void decided(FailoverStep step, Gateway from, Gateway to, String reason) {
            decisions.add(step + " " + from.host() + ">" + to.host());
            reasons.add(reason);
        }

        @Override
        public void linkEnded(Session session) {
            assertThat(retired.remove(session.link())).isNotNull();
        }
    }
}
