package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.internal.time.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides at which gateway each slot's sessions are. Only decides: it does nothing, knows no clock (times are given to it,
 * by the monotonic clock) and is told what has happened. Not thread-safe.
 *
 * <p>A slot stays at its gateway, its <em>home</em>, until that has failed {@code failAfter} times in a row. It then goes to
 * the best of those that have not, or, if all have, to the one whose last failure is the longest ago. Of those that are
 * equally well the best one is that with the fewest other slots, then that which is preferred. Where a slot would be
 * better off, a trial is due once all of this has passed: the dwell since the slot came to its home, the dwell since the
 * better gateway was left (see {@link Site#left}), and the time between two attempts.
 */
final class Failover {
    /** Waits are up to this share longer than the policy says, so that a fleet does not return at once. */
    private static final double VARIATION = 0.2;

    private final FailoverPolicy policy;
    private final RandomGenerator random;
    private final List<Site> sites = new ArrayList<>();
    /** By slot. */
    private final List<Home> homes = new ArrayList<>();

    Failover(Plan plan, RandomGenerator random, long now) {
        policy = plan.failover();
        this.random = random;
        for (Gateway gateway : plan.gateways()) {
            sites.add(new Site(gateway, sites.size(), now));
        }
        for (int slot = 0; slot < plan.redundancy(); slot++) {
            homes.add(new Home(sites.get(0), now));
            homes.set(slot, new Home(best(slot), now));
        }
    }

    /** Where a slot's sessions are. */
    record Home(Site site, long sinceNanos) {}

    /** A slot goes from one gateway to another. */
    record Move(Gateway from, Gateway to, String reason) {}

    /** A better gateway for a slot is to be tried. */
    record Trial(int slot, Gateway gateway, long dueNanos) {}

    /** Where the slot's next session is to be started. */
    Gateway home(int slot) {
        return homes.get(slot).site().gateway;
    }

    /** A session has begun to serve there. */
    void serves(Gateway gateway) {
        Site site = site(gateway);
        site.hasServed = true;
        site.hopeless = false;
    }

    /** A session proved itself there. */
    void proved(Gateway gateway) {
        Site site = site(gateway);
        site.failures = 0;
        site.hopeless = false;
    }

    /**
     * A session start failed there, or a session was lost before it proved itself.
     *
     * @param forGood whether it was a failure that no retry can mend, so that there is no point in another one
     */
    void failed(Gateway gateway, boolean forGood, String why, long now) {
        Site site = site(gateway);
        site.failures++;
        site.hopeless = forGood;
        site.lastFailure = why;
        site.failedNanos = now;
    }

    /** Whether what failed last at every gateway is what no retry can mend. */
    boolean isHopeless() {
        return sites.stream().allMatch(site -> site.hopeless);
    }

    /** Probes through the sessions there succeed, or fail. */
    void probed(Gateway gateway, boolean well, String why, long now) {
        Site site = site(gateway);
        site.failedProbes = well ? 0 : site.failedProbes + 1;
        if (!well) {
            site.lastFailure = why;
            site.failedNanos = now;
        }
    }

    /** Where a slot that serves should rather be, since its home is failing and that is not; null when it may stay. */
    @Nullable
    Gateway refuge(int slot) {
        Site best = best(slot);
        return isOut(homes.get(slot).site()) && !isOut(best) ? best.gateway : null;
    }

    /** Has the slot leave its home if that has failed too often and there is somewhere else to go. */
    @Nullable
    Move leave(int slot, long now) {
        Site home = homes.get(slot).site();
        Site best = best(slot);
        return isOut(home) && best != home ? leaveFor(slot, best.gateway, now) : null;
    }

    /** The slot's sessions are there from now on, as its home fails. */
    Move leaveFor(int slot, Gateway gateway, long now) {
        Site home = homes.get(slot).site();
        home.left(now);
        homes.set(slot, new Home(site(gateway), now));
        int failures = Math.max(home.failures, home.failedProbes);
        long wait = home.leftAloneUntilNanos - now;
        String reason = (failures == 1 ? "1 failure" : failures + " failures in a row") + ", the last one: "
                + home.lastFailure
                + (wait > 0 ? "; it is left alone for " + Durations.text(Duration.ofNanos(wait)) : "");
        return new Move(home.gateway, gateway, reason);
    }

    /** The trial that is due next, of those for slots that serve; null when no slot would be better off elsewhere. */
    @Nullable
    Trial nextTrial(Collection<Integer> serving, long now) {
        Trial next = null;
        for (Site site : sites) {
            for (int slot : serving) {
                if (isBetter(site, slot)) {
                    Trial trial = new Trial(slot, site.gateway, trialDueNanos(site, slot, now));
                    next = next == null || trial.dueNanos() - next.dueNanos() < 0 ? trial : next;
                }
            }
        }
        return next;
    }

    /** A trial came to nothing. */
    void trialFailed(Gateway gateway, long now) {
        site(gateway).triedAgainNanos =
                now + varied((double) policy.checkEvery().toNanos());
    }

    /** Whether the slot may go there now. */
    boolean mayMove(int slot, Gateway gateway, long now) {
        Site site = site(gateway);
        return isBetter(site, slot) && dwellEndNanos(site, slot) - now <= 0;
    }

    /** The slot's sessions are there from now on, as that gateway has been tried and is well. */
    Move moved(int slot, Gateway gateway, long now) {
        Site from = homes.get(slot).site();
        Site to = site(gateway);
        to.failures = 0;
        to.failedProbes = 0;
        to.hopeless = false;
        homes.set(slot, new Home(to, now));
        return new Move(
                from.gateway,
                gateway,
                "it answered " + policy.recoverAfter() + " checks in a row, and is the better one");
    }

    /** Not before now, so that those that are due are equal and the better one of them comes first. */
    private long trialDueNanos(Site site, int slot, long now) {
        long checks = policy.checkEvery().toNanos() * policy.recoverAfter();
        return later(now, later(site.triedAgainNanos, dwellEndNanos(site, slot) - checks));
    }

    private long dwellEndNanos(Site site, int slot) {
        return later(homes.get(slot).sinceNanos() + policy.dwell().toNanos(), site.leftAloneUntilNanos);
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }

    private long varied(double nanos) {
        return (long) (nanos * (1 + VARIATION * random.nextDouble()));
    }

    private Site site(Gateway gateway) {
        return sites.stream()
                .filter(site -> site.gateway.equals(gateway))
                .findFirst()
                .orElseThrow();
    }

    private boolean isOut(Site site) {
        return Math.max(site.failures, site.failedProbes) >= policy.failAfter() || site.hopeless;
    }

    private Site best(int slot) {
        Site best = sites.get(0);
        for (Site site : sites) {
            if (isChosenOver(site, best, slot)) {
                best = site;
            }
        }
        return best;
    }

    private boolean isChosenOver(Site one, Site other, int slot) {
        if (isOut(one) != isOut(other)) {
            return isOut(other);
        }
        return isOut(one) ? one.failedNanos - other.failedNanos < 0 : ranksBefore(one, other, slot);
    }

    private boolean isBetter(Site site, int slot) {
        return ranksBefore(site, homes.get(slot).site(), slot);
    }

    private boolean ranksBefore(Site one, Site other, int slot) {
        long ones = others(one, slot);
        long others = others(other, slot);
        return ones == others ? one.index < other.index : ones < others;
    }

    /** How many other slots are there. */
    private long others(Site site, int slot) {
        long there = 0;
        for (int other = 0; other < homes.size(); other++) {
            if (other != slot && Objects.equals(homes.get(other).site(), site)) {
                there++;
            }
        }
        return there;
    }

    /** What is known of one gateway. */
    private final class Site {
        private final Gateway gateway;
        private final int index;

        private int failures;
        private int failedProbes;
        private boolean hopeless;
        private String lastFailure = "";
        private long failedNanos;

        /** Since it was left last. */
        private boolean hasServed;
        /** As of then. */
        private double penalty;

        private long penalizedNanos;

        private long leftAloneUntilNanos;
        private long triedAgainNanos;

        private Site(Gateway gateway, int index, long now) {
            this.gateway = gateway;
            this.index = index;
            failedNanos = now;
            penalizedNanos = now;
            leftAloneUntilNanos = now;
            triedAgainNanos = now;
        }

        /**
         * Leaves it alone for a while if it has served: for {@code dwell x 2^(penalty-1)}, where the penalty is 1 the first
         * time, and grows by 1 with each time while it halves with each half-life that passes.
         */
        private void left(long now) {
            if (!hasServed) {
                return;
            }
            hasServed = false;
            double halfLife = (double) policy.dampingHalfLife().toNanos();
            penalty = halfLife == 0 ? 1 : 1 + penalty * Math.pow(0.5, (now - penalizedNanos) / halfLife);
            penalizedNanos = now;
            double dwell = (double) policy.dwell().toNanos() * Math.pow(2, penalty - 1);
            leftAloneUntilNanos =
                    now + varied(Math.min(dwell, (double) policy.longestDwell().toNanos()));
        }
    }
}
