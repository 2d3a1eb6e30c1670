package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.List;

/**
 * What one simulated tunnel keeps to, and how long may pass until that has had its effect.
 *
 * @param pace how often it tries what fails, about
 */
record SimulatedPlan(Plan plan, Duration pace) {
    private static final List<Gateway> GATEWAYS =
            List.of(Gateway.parse("deploy@a"), Gateway.parse("deploy@b"), Gateway.parse("deploy@c"));
    /** How long starts of other tunnels may stand in the way. */
    static final Duration LINE = Duration.ofMinutes(5);

    static SimulatedPlan drawn(Draws draws) {
        List<Gateway> gateways = GATEWAYS.subList(0, 1 + draws.below(3));
        int redundancy = draws.oneIn(2) ? 1 : 1 + draws.below(3);
        if (draws.oneIn(5)) {
            Plan plan = new Plan(
                    gateways,
                    redundancy,
                    RestartPolicy.builder().build(),
                    FailoverPolicy.builder().build(),
                    Duration.ofSeconds(15));
            return new SimulatedPlan(plan, Duration.ofSeconds(30));
        }
        Duration pace = draws.between(Duration.ofSeconds(5), Duration.ofMinutes(20));
        Duration timeout = draws.between(Duration.ofSeconds(1), Duration.ofMinutes(1));
        Plan plan = new Plan(gateways, redundancy, restart(draws, pace), failover(draws, pace), timeout);
        return new SimulatedPlan(plan, pace);
    }

    private static RestartPolicy restart(Draws draws, Duration pace) {
        Duration drain = draws.upTo(Duration.ofMinutes(2));
        RestartPolicy.Builder builder = RestartPolicy.builder()
                .backoff(draws.between(Duration.ofMillis(1), pace), pace)
                .factor(1 + draws.share() * 3)
                .jitter(draws.share() * 0.9)
                .minSpacing(draws.oneIn(5) ? Duration.ZERO : draws.between(Duration.ofMillis(100), pace))
                .provenAfter(
                        draws.oneIn(20) ? Duration.ZERO : draws.between(Duration.ofSeconds(1), Duration.ofMinutes(1)))
                .drain(drain)
                .retryPermanentOnceUp(!draws.oneIn(10))
                .failFast(draws.oneIn(10));
        if (draws.oneIn(30)) {
            builder.gateTime(draws.between(Duration.ofSeconds(1), Duration.ofMinutes(1)));
        }
        if (draws.oneIn(4)) {
            builder.maxSessionAge(draws.between(Duration.ofHours(1), Duration.ofDays(3)));
        }
        if (draws.oneIn(30)) {
            builder.maxStarts(1 + draws.below(500));
        }
        return builder.build();
    }

    private static FailoverPolicy failover(Draws draws, Duration pace) {
        Duration dwell = draws.between(pace, pace.multipliedBy(20));
        Duration longest = Draws.times(dwell, 1 + draws.share() * 9);
        Duration halfLife = draws.oneIn(10) ? Duration.ZERO : draws.between(dwell, dwell.multipliedBy(100));
        return FailoverPolicy.builder()
                .dwell(Duration.ZERO)
                .failAfter(1 + draws.below(4))
                .recoverAfter(1 + draws.below(5))
                .checkEvery(draws.between(pace.dividedBy(4), pace.multipliedBy(2)))
                .damping(halfLife, longest)
                .dwell(dwell)
                .build();
    }

    /**
     * From a start to the beginning of the next one of the same slot, at most: its deadline, the longest delay or the spacing
     * to each of the others, and the line at the gateway.
     */
    Duration tryTakes() {
        RestartPolicy restart = plan.restart();
        return plan.connectTimeout()
                .plus(Draws.times(restart.maxDelay(), 1 + restart.jitter()))
                .plus(restart.minSpacing().multipliedBy(plan.redundancy() + 1))
                .plus(LINE);
    }

    /**
     * In which a tunnel is up once one gateway takes starts and the others take none: at each of the others as many failures
     * as make it one to be left, and then each of them once more, as those that fail are tried in turn.
     */
    Duration upWithin() {
        int gateways = plan.gateways().size();
        return tryTakes().multipliedBy((long) gateways * (plan.failover().failAfter() + 1) + 1);
    }

    /**
     * In which each session is where it is best after that: the longest that a gateway is left alone, and for each move
     * of a slot (one past each gateway at most) a dwell, the checks, the trials of gateways that take no starts, which come
     * in between, and the drain.
     */
    Duration settledWithin() {
        FailoverPolicy failover = plan.failover();
        int gateways = plan.gateways().size();
        Duration trial = tryTakes().plus(Draws.times(failover.checkEvery(), 1.2));
        Duration move = Draws.times(failover.dwell(), 1.2)
                .plus(Draws.times(failover.checkEvery(), 1.2).multipliedBy(failover.recoverAfter() + 1))
                .plus(trial.multipliedBy(gateways))
                .plus(plan.restart().drain());
        return Draws.times(failover.longestDwell(), 1.2)
                .plus(move.multipliedBy((long) gateways * plan.redundancy() + 1));
    }
}
