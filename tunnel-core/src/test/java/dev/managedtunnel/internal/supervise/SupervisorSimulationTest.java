package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import dev.managedtunnel.internal.supervise.SimulatedLinks.Start;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The supervisor through days of random faults in simulated time. Every tunnel has a policy, a network and users of its
 * own, all drawn from one seed, so a failure names the seed and {@code -Dtunnel.simulation.seed=N} replays just it.
 */
class SupervisorSimulationTest {
    private static final int TUNNELS = Integer.getInteger("tunnel.simulation.tunnels", 10_000);
    private static final List<FailureReason> TRANSIENT = Stream.of(FailureReason.values())
            .filter(reason -> !reason.isPermanent())
            .toList();
    private static final Duration LIFE = Duration.ofHours(24);
    private static final Gateway GATEWAY = Gateway.of("deploy", "bastion", 22);

    @Test
    void keepsItsPromisesThroughRandomFaults() {
        Long replayed = Long.getLong("tunnel.simulation.seed");
        long starts = 0;
        long losses = 0;
        long rotations = 0;
        if (replayed != null) {
            new Tunnel(replayed).live();
            return;
        }
        for (long seed = 0; seed < TUNNELS; seed++) {
            Tunnel tunnel = new Tunnel(seed);
            try {
                tunnel.live();
            } catch (RuntimeException | AssertionError broken) {
                throw new AssertionError("seed " + seed + " breaks a promise: " + broken.getMessage(), broken);
            }
            starts += tunnel.begun;
            losses += tunnel.losses;
            rotations += tunnel.rotations;
        }
        // Guards the simulation itself: too calm a world would prove nothing.
        assertThat(starts).isGreaterThan(20L * TUNNELS);
        assertThat(losses).isGreaterThan(5L * TUNNELS);
        assertThat(rotations).isGreaterThan(TUNNELS);
    }

    @Test
    void aSeedReplaysToTheLetter() {
        Tunnel first = new Tunnel(4711);
        first.live();
        Tunnel second = new Tunnel(4711);
        second.live();
        assertThat(second.history.toString())
                .isEqualTo(first.history.toString())
                .isNotEmpty();
    }

    /** One tunnel, its world, and the checks of every promise as it lives. */
    private static final class Tunnel extends SimulatedLinks implements SupervisorListener {
        final StringBuilder history = new StringBuilder();
        private final SplittableRandom random;
        private final FakeScheduler time = new FakeScheduler();
        private final RestartPolicy policy;
        private final StartTurns turns = new StartTurns("simulated", 5);
        private final Supervisor supervisor;
        private final boolean closesEarly;
        private final int redundancy;
        private final Set<Link> serving = new HashSet<>();

        private TunnelState state = TunnelState.CONNECTING;
        private long begun;
        private long losses;
        private long rotations;
        private long lastStart = Long.MIN_VALUE / 2;
        /** How many starts a user has asked for at once. */
        private int mayBeHurried;

        private @Nullable Long backingOffSince;
        private boolean owesStart;
        private boolean badWeather;
        private boolean over;
        private int others;
        private int timers;
        private @Nullable String broken;

        Tunnel(long seed) {
            random = new SplittableRandom(seed);
            policy = randomPolicy();
            closesEarly = random.nextInt(20) == 0;
            redundancy = random.nextInt(2) == 0 ? 1 : random.nextInt(1, 4);
            supervisor = new Supervisor(
                    new Plan(
                            List.of(GATEWAY),
                            redundancy,
                            policy,
                            FailoverPolicy.builder().build(),
                            Duration.ofSeconds(15)),
                    gateway -> turns,
                    this,
                    counted(),
                    new SerialExecutor(),
                    random.split(),
                    this);
        }

        /** The supervisor's view of time, which counts the timers that it has not taken back. */
        private Scheduler counted() {
            return new Scheduler() {
                @Override
                public long nanoTime() {
                    return time.nanoTime();
                }

                @Override
                public Instant now() {
                    return time.now();
                }

                @Override
                public Timer schedule(Duration delay, Runnable task) {
                    boolean[] waits = {true};
                    Runnable ends = () -> {
                        timers -= waits[0] ? 1 : 0;
                        waits[0] = false;
                    };
                    timers++;
                    Timer timer = time.schedule(delay, () -> {
                        ends.run();
                        task.run();
                    });
                    return () -> {
                        ends.run();
                        timer.cancel();
                    };
                }
            };
        }

        private RestartPolicy randomPolicy() {
            Duration first = Duration.ofMillis(random.nextLong(1, 5_000));
            RestartPolicy.Builder builder = RestartPolicy.builder()
                    .backoff(first, first.plusMillis(random.nextLong(1, 120_000)))
                    .factor(1 + random.nextDouble() * 3)
                    .jitter(random.nextDouble() * 0.9)
                    .minSpacing(Duration.ofMillis(random.nextLong(0, 60_000)))
                    .provenAfter(Duration.ofMillis(random.nextLong(0, 60_000)))
                    .retryPermanentOnceUp(random.nextInt(10) != 0)
                    .failFast(random.nextInt(10) == 0);
            if (random.nextInt(20) == 0) {
                builder.gateTime(Duration.ofSeconds(random.nextLong(1, 60)));
            }
            if (random.nextInt(4) == 0) {
                builder.maxSessionAge(seconds(60, 7200)).drain(seconds(0, 120));
            }
            if (random.nextInt(20) == 0) {
                builder.maxStarts(random.nextInt(1, 200));
            }
            return builder.build();
        }

        void live() {
            supervisor.start();
            weather();
            users();
            otherTunnels();
            time.advance(closesEarly ? Duration.ofMillis(random.nextLong(LIFE.toMillis())) : LIFE);
            boolean failed = state == TunnelState.FAILED;
            if (!failed && owesStart && redundancy == 1 && !supervisor.isWaitingForTurn()) {
                check(
                        state == TunnelState.BACKING_OFF || state == TunnelState.UP,
                        "a loss was not followed by a start, in state " + state);
            }
            supervisor.close();
            check(state == TunnelState.CLOSED, "close left the state " + state);
            check(open == 0 && starting == 0, "close left " + open + " sessions and " + starting + " starts");
            check(timers == 0, "close left " + timers + " timers");
            over = true;
            time.advance(Duration.ofDays(2));
            check(turns.isIdle(), "close left a turn");
            check(state == TunnelState.CLOSED, "moved after close to " + state);
            if (broken != null) {
                fail(broken);
            }
        }

        private void weather() {
            badWeather = !badWeather;
            Duration length = badWeather ? seconds(1, 900) : seconds(600, 7200);
            if (!over) {
                time.schedule(length, this::weather);
            }
        }

        /** People and programs that call whatever they like, whenever they like. */
        private void users() {
            if (over) {
                return;
            }
            switch (random.nextInt(3)) {
                case 0 -> {
                    mayBeHurried = redundancy - serving.size();
                    supervisor.reconnectNow();
                }
                case 1 -> supervisor.restart();
                default -> supervisor.start();
            }
            time.schedule(seconds(60, 7200), this::users);
        }

        /** They take their turns at the gateway, and take their time. */
        private void otherTunnels() {
            if (over) {
                return;
            }
            StartTurns.Turn[] turn = new StartTurns.Turn[1];
            turn[0] = turns.ask(() -> {
                others++;
                time.schedule(seconds(0, 30), () -> {
                    others--;
                    turn[0].end();
                });
            });
            time.schedule(seconds(60, 3600), this::otherTunnels);
        }

        @Override
        public LinkStart start(Gateway gateway, long number) {
            long now = time.nanoTime();
            check(state != TunnelState.CLOSED && state != TunnelState.FAILED, "started in state " + state);
            check(open + starting <= redundancy, "started beside " + open + " sessions and " + starting + " starts");
            if (now - lastStart < policy.minSpacing().toNanos()) {
                check(mayBeHurried-- > 0, "started within the spacing");
            }
            check(others + starting < 5, "started beside " + others + " starts of other tunnels");
            check(policy.maxStarts() == RestartPolicy.UNLIMITED || number <= policy.maxStarts(), "too many starts");
            check(number == ++begun, "start numbered " + number);
            lastStart = now;
            owesStart = false;
            Start start = (Start) super.start(gateway, number);
            starts.clear();
            play(start);
            return start;
        }

        private void checkDelay(long now) {
            if (backingOffSince != null) {
                double cap = (double) policy.maxDelay().toNanos() * (1 + policy.jitter());
                long waited = now - backingOffSince;
                check(waited <= Math.max((long) cap, policy.minSpacing().toNanos()) + 1, "waited " + waited + " ns");
            }
        }

        /** What becomes of a start: at once or later, up, failed, or hanging until its deadline. */
        private void play(Start start) {
            int draw = random.nextInt(100);
            start.racesCancel = random.nextInt(10) == 0;
            int failing = badWeather ? 80 : 2;
            Duration delay = random.nextInt(10) == 0 ? Duration.ZERO : Duration.ofMillis(random.nextLong(20_000));
            if (draw < failing / 4) {
                return;
            }
            if (draw < failing) {
                FailureReason reason = random.nextInt(25) == 0
                        ? FailureReason.AUTH_REJECTED
                        : TRANSIENT.get(random.nextInt(TRANSIENT.size()));
                time.schedule(delay, () -> start.fail(reason));
                return;
            }
            time.schedule(delay.dividedBy(10), () -> {
                if (!start.isOver()) {
                    FakeLink link = start.succeed();
                    Duration life = badWeather ? seconds(0, 60) : seconds(0, 14_400);
                    time.schedule(life, () -> link.lose(FailureReason.CONNECTION_LOST));
                }
            });
        }

        private Duration seconds(long least, long bound) {
            return Duration.ofMillis(random.nextLong(least * 1000, bound * 1000));
        }

        private void check(boolean kept, String otherwise) {
            // Thrown later: here, inside the serial executor, it would only be logged.
            if (!kept && broken == null) {
                broken = otherwise + " at " + Duration.ofNanos(time.nanoTime());
            }
        }

        @Override
        public void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause) {
            check(from == state, "moved from " + from + " while " + state);
            check(SupervisorState.isLegal(from, to), "moved from " + from + " to " + to);
            check(to != TunnelState.UP || serving.size() == redundancy, "up with " + serving.size() + " sessions");
            check(to.isServing() != serving.isEmpty() || to.isFinal(), to + " with " + serving.size() + " sessions");
            if (to == TunnelState.CONNECTING) {
                checkDelay(time.nanoTime());
            }
            state = to;
            backingOffSince = to == TunnelState.BACKING_OFF ? (Long) time.nanoTime() : null;
            history.append(time.nanoTime()).append(to).append('\n');
        }

        @Override
        public void starting(Gateway gateway, long number) {}

        @Override
        public void started(Gateway gateway, long number, Duration took) {}

        @Override
        public void startFailed(Gateway gateway, long number, TunnelException cause) {
            owesStart = true;
        }

        @Override
        public void linkUp(Session session, @Nullable Duration outage) {
            check(serving.add(session.link()), "up twice");
            check(outage == null || serving.size() == 1, "an outage beside another session");
        }

        @Override
        public void linkLost(Session session, Duration age, TunnelException cause) {
            losses++;
            owesStart = true;
            check(serving.remove(session.link()), "lost twice");
        }

        @Override
        public CompletionStage<?> linkRetired(Session session, Session by, Duration age, String why) {
            rotations++;
            check(serving.contains(by.link()), "retired before there was another one");
            check(serving.remove(session.link()), "retired without having served");
            CompletableFuture<@Nullable Void> empty = new CompletableFuture<>();
            time.schedule(seconds(0, 60), () -> empty.complete(null));
            return empty;
        }

        @Override
        public CompletionStage<@Nullable String> tryOut(Session session) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void decided(FailoverStep step, Gateway from, Gateway to, String reason) {}

        @Override
        public void linkEnded(Session session) {
            check(session.link().lost().toCompletableFuture().isDone(), "said to have ended");
        }
    }
}
