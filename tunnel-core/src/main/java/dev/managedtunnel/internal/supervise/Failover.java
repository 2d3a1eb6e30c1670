package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
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
 * better gateway was left (see {@link Site#left}), and the time between two attempts. Where probes fail {@code failAfter}
 * times in a row, any other gateway that does not fail and is not left alone is due for a trial, as a <em>refuge</em>.
 */
final class Failover {
    /** Waits are up to this share longer than the policy says, so that a fleet does not return at once. */
    private static final double VARIATION = 0.2;

    private final FailoverPolicy policy;
    private final RandomGenerator random;
    private final List<Site> sites = new ArrayList<>();
    /** By slot. */
    private final List<Home> homes = new ArrayList<>();
    /** Trials of a refuge, since probes were well somewhere. */
    private int refusals;

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
    record Move(FailoverStep step, Gateway from, Gateway to, String reason) {}

    /** Another gateway for a slot is to be tried: a better one, or any as a refuge from probes that fail. */
    record Trial(int slot, Gateway gateway, boolean isRefuge, long dueNanos) {}

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

    /**
     * A probe succeeded or failed through a session there.
     *
     * @param why null when it succeeded
     */
    void probed(Gateway gateway, String probe, @Nullable String why, long now) {
        Site site = site(gateway);
        if (why == null) {
            site.failedProbes.remove(probe);
            refusals = 0;
        } else {
            site.failedProbes.merge(probe, 1, Integer::sum);
            site.lastFailure = why;
            site.failedNanos = now;
        }
    }

    /** Whether probes have failed too often at the slot's home. */
    boolean hasFailingProbe(int slot) {
        return homes.get(slot).site().mostFailedProbes() >= policy.failAfter();
    }

    /** Has the slot leave its home if that has failed too often and there is somewhere else to go. */
    @Nullable
    Move leave(int slot, long now) {
        Site home = homes.get(slot).site();
        Site best = best(slot);
        return isOut(home) && best != home ? leaveFor(slot, best.gateway, now) : null;
    }

    /** The slot's sessions are there from now on, as its home fails. */
    private Move leaveFor(int slot, Gateway gateway, long now) {
        Site home = homes.get(slot).site();
        home.left(policy, now, this::varied);
        homes.set(slot, new Home(site(gateway), now));
        int failures = home.failuresInARow();
        if (homes.stream().noneMatch(other -> other.site() == home)) {
            // Nobody finds out any more when that changes.
            home.failedProbes.clear();
        }
        long wait = home.leftAloneUntilNanos - now;
        String reason = (failures == 1 ? "1 failure" : failures + " failures in a row") + ", the last one: "
                + home.lastFailure
                + (wait > 0 ? "; it is left alone for " + Durations.text(Duration.ofNanos(wait)) : "");
        return new Move(FailoverStep.LEFT, home.gateway, gateway, reason);
    }

    /** The trial that is due next, of those for slots that serve; null when no slot should rather be elsewhere. */
    @Nullable
    Trial nextTrial(Collection<Integer> serving, long now) {
        Trial next = null;
        for (Site site : sites) {
            for (int slot : serving) {
                if (isBetter(site, slot)) {
                    next = first(next, new Trial(slot, site.gateway, false, trialDueNanos(site, slot, now)));
                }
                if (isRefuge(site, slot)) {
                    long due = later(now, later(site.triedAgainNanos, site.leftAloneUntilNanos));
                    next = first(next, new Trial(slot, site.gateway, true, due));
                }
            }
        }
        return next;
    }

    /** Of those that are due at once, a slot goes to the gateway with the fewest others. */
    private Trial first(@Nullable Trial one, Trial other) {
        if (one == null || one.dueNanos() - other.dueNanos() > 0) {
            return other;
        }
        boolean betterPlace = one.slot() == other.slot()
                && one.dueNanos() == other.dueNanos()
                && ranksBefore(site(other.gateway()), site(one.gateway()), one.slot());
        return betterPlace ? other : one;
    }

    /** A trial came to nothing. */
    void trialFailed(Trial trial, long now) {
        double every = (double) policy.checkEvery().toNanos();
        double longest = Math.max(every, (double) policy.dwell().toNanos());
        // A target that is down is down by any way: no need to log in somewhere every so often to hear it again.
        double wait = trial.isRefuge() ? Math.min(longest, every * Math.pow(2, refusals++)) : every;
        site(trial.gateway()).triedAgainNanos = now + varied(wait);
    }

    /** Whether what was tried may be used now. */
    boolean mayMove(Trial trial, long now) {
        Site site = site(trial.gateway());
        return trial.isRefuge()
                ? isRefuge(site, trial.slot()) && site.leftAloneUntilNanos - now <= 0
                : isBetter(site, trial.slot()) && dwellEndNanos(site, trial.slot()) - now <= 0;
    }

    /** The slot's sessions are there from now on, as that gateway has been tried and is well. */
    Move moved(Trial trial, long now) {
        Site from = homes.get(trial.slot()).site();
        Site to = site(trial.gateway());
        to.failures = 0;
        to.hopeless = false;
        if (hasFailingProbe(trial.slot())) {
            return leaveFor(trial.slot(), trial.gateway(), now);
        }
        homes.set(trial.slot(), new Home(to, now));
        return new Move(
                FailoverStep.RETURNED,
                from.gateway,
                to.gateway,
                "it passed " + checks(policy) + ", and is the better one");
    }

    /** What a gateway has to pass, for people. */
    static String checks(FailoverPolicy policy) {
        return policy.recoverAfter() == 1 ? "a check" : policy.recoverAfter() + " checks in a row";
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
        return site.failuresInARow() >= policy.failAfter() || site.hopeless;
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

    private boolean isRefuge(Site site, int slot) {
        return hasFailingProbe(slot) && !isOut(site);
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
}
