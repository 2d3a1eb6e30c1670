package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gateways are left only after failures in a row, and gone back to no more often than the damping allows.
 *
 * <p><b>The bound.</b> Let d be the dwell, L the longest dwell, h the half-life. When a gateway is left for the k-th time
 * after having served, its penalty is p(k) = 1 + p(k-1) x 2^(-t/h), where t is the time since it was left before, and it
 * is left alone for D(k) = min(L, d x 2^(p(k)-1)). Within any time h each earlier leave still counts at least a half, so
 * p(k) >= 1 + (k-1)/2, and D(k) >= min(L, d x 2^((k-1)/2)). Between two returns of one slot to one gateway it is left at
 * least once. So n returns of a slot within h need D(1) + ... + D(n-1) <= h: the greatest n with that is what {@link
 * #returnsPerHalfLife} computes. With the defaults (5 min, 2 h, 4 h) it is 9 in 4 h, and a gateway that flaps for ever
 * settles at one return in more than 70 minutes. Every gateway that is left was gone to before, by a return or from one
 * that was left, so with a gateway that does not fail there is at most one leave to each return, and one more.
 */
final class GatewayPromises {
    private final Plan plan;
    private final FailoverPolicy policy;
    private final BiConsumer<Boolean, Supplier<String>> check;
    private final Map<Gateway, Site> sites = new LinkedHashMap<>();
    private final int most;
    private @Nullable Long lastMove;
    private boolean probesFailed;
    long returns;
    long leaves;
    private long failuresInAll;

    /** What is known of one gateway. */
    private static final class Site {
        int row;
        boolean refusesForGood;
        int failedProbes;
        boolean hasServed;
        double penalty;

        @Nullable
        Long left;

        long leftAloneUntil = Long.MIN_VALUE / 2;

        @Nullable
        Long tryingSince;

        int leaves;
        final Deque<Long> recentReturns = new ArrayDeque<>();
    }

    GatewayPromises(Plan plan, BiConsumer<Boolean, Supplier<String>> check) {
        this.plan = plan;
        policy = plan.failover();
        this.check = check;
        plan.gateways().forEach(gateway -> sites.put(gateway, new Site()));
        most = returnsPerHalfLife(policy);
    }

    static int returnsPerHalfLife(FailoverPolicy policy) {
        double left = (double) policy.dampingHalfLife().toNanos();
        double longest = (double) policy.longestDwell().toNanos();
        int returns = 1;
        for (int k = 1; ; k++) {
            left -= Math.min(longest, (double) policy.dwell().toNanos() * Math.pow(2, (k - 1) / 2.0));
            if (left < 0) {
                return returns;
            }
            returns++;
        }
    }

    private Site site(Gateway gateway) {
        return Objects.requireNonNull(sites.get(gateway));
    }

    void describe(StringBuilder to, long now) {
        for (Site site : sites.values()) {
            to.append('|').append(Math.min(site.row, policy.failAfter())).append(site.refusesForGood);
            to.append(Math.min(site.failedProbes, policy.failAfter())).append(site.hasServed);
            to.append(Math.max(0, site.leftAloneUntil - now));
            to.append(site.tryingSince == null ? "" : now - site.tryingSince);
        }
        to.append('|')
                .append(
                        lastMove == null
                                ? now
                                : Math.min(now - lastMove, policy.dwell().toNanos()));
    }

    /** A start failed, or a session was lost before it had proved itself. */
    void failed(Gateway gateway, boolean forGood) {
        failuresInAll++;
        site(gateway).row++;
        site(gateway).refusesForGood = forGood;
    }

    void proved(Gateway gateway) {
        site(gateway).row = 0;
        site(gateway).refusesForGood = false;
    }

    void up(Gateway gateway) {
        site(gateway).hasServed = true;
        site(gateway).refusesForGood = false;
    }

    void probed(Gateway gateway, boolean well) {
        site(gateway).failedProbes = well ? 0 : site(gateway).failedProbes + 1;
        probesFailed |= !well;
    }

    void decided(FailoverStep step, Gateway from, Gateway to, long now) {
        Site there = site(to);
        switch (step) {
            case LEFT -> left(from, to, now);
            case TRYING -> there.tryingSince = now;
            case RELAPSED -> there.tryingSince = null;
            case RETURNED -> returned(from, to, now);
        }
    }

    private void left(Gateway from, Gateway to, long now) {
        check.accept(!from.equals(to), () -> "left " + from + " for itself");
        Site site = site(from);
        check.accept(
                site.row >= policy.failAfter() || site.refusesForGood || site.failedProbes >= policy.failAfter(),
                () -> "left " + from.host() + " after " + site.row + " failures in a row");
        leaves++;
        site.leaves++;
        // One failure may be one too many for all slots that are down.
        check.accept(
                probesFailed || leaves <= failuresInAll * plan.redundancy(),
                () -> leaves + " leaves, " + failuresInAll + " failures");
        if (site.hasServed) {
            double halfLife = (double) policy.dampingHalfLife().toNanos();
            Long before = site.left;
            site.penalty =
                    before == null || halfLife == 0 ? 1 : 1 + site.penalty * Math.pow(2, -(now - before) / halfLife);
            double dwell = (double) policy.dwell().toNanos() * Math.pow(2, site.penalty - 1);
            site.leftAloneUntil =
                    now + (long) Math.min(dwell, (double) policy.longestDwell().toNanos());
            site.left = now;
            site.hasServed = false;
        }
        if (plan.redundancy() == 1) {
            // Nobody finds out any more when they are well again.
            site.failedProbes = 0;
        }
        lastMove = now;
    }

    private void returned(Gateway from, Gateway to, long now) {
        check.accept(!from.equals(to), () -> "returned from " + from + " to itself");
        Site site = site(to);
        // The rounding of the formula above.
        check.accept(
                now >= site.leftAloneUntil - 1000,
                () -> "returned to " + to.host() + " " + Duration.ofNanos(site.leftAloneUntil - now) + " too early");
        Long moved = lastMove;
        check.accept(
                plan.redundancy() > 1
                        || now - (moved == null ? 0 : moved) >= policy.dwell().toNanos(),
                () -> "returned to " + to.host() + " within the dwell");
        Long trying = site.tryingSince;
        check.accept(
                trying != null && now - trying >= policy.checkEvery().toNanos() * policy.recoverAfter(),
                () -> "returned to " + to.host() + " without so many checks");
        site.tryingSince = null;
        returns++;
        Deque<Long> recent = site.recentReturns;
        recent.add(now);
        while (now - recent.getFirst() > policy.dampingHalfLife().toNanos()) {
            recent.removeFirst();
        }
        check.accept(
                recent.size() <= (long) most * plan.redundancy(),
                () -> "returned to " + to.host() + " " + recent.size() + " times within the half-life, not " + most);
        site.row = 0;
        site.refusesForGood = false;
        lastMove = now;
    }

    /** With a gateway that never fails, the others are left only as often as they are gone to. */
    void checkLeaves(Iterable<Gateway> steady) {
        for (Gateway never : steady) {
            check.accept(site(never).leaves == 0 || probesFailed, () -> "left " + never + ", which never failed");
            if (plan.redundancy() == 1 && !probesFailed) {
                check.accept(
                        leaves <= returns + plan.gateways().size(), () -> leaves + " leaves, " + returns + " returns");
            }
        }
    }
}
