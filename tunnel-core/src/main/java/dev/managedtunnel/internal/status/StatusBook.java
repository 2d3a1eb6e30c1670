package dev.managedtunnel.internal.status;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a tunnel's sessions. Written inside the supervisor's serial executor, read anywhere: all of it is
 * one immutable page that each change replaces, so a reader never sees half a change.
 */
public final class StatusBook {
    private final String tunnel;
    private final Scheduler scheduler;
    private volatile Page page;

    /** @param gateways in order of preference */
    public StatusBook(String tunnel, List<Gateway> gateways, Scheduler scheduler) {
        this.tunnel = tunnel;
        this.scheduler = scheduler;
        Map<FailureReason, Long> none = new EnumMap<>(FailureReason.class);
        for (FailureReason reason : FailureReason.values()) {
            none.put(reason, 0L);
        }
        Map<FailureReason, Long> zeros = Map.copyOf(none);
        Map<Gateway, Long> starts = new LinkedHashMap<>();
        gateways.forEach(gateway -> starts.put(gateway, 0L));
        page = new Page(
                TunnelState.CONNECTING, scheduler.now(), gateways.get(0), starts, zeros, zeros, null, List.of());
    }

    void moved(TunnelState to) {
        Page now = page;
        List<Live> live = to.isFinal() ? List.of() : now.live;
        page = new Page(to, scheduler.now(), now.gateway, now.starts, now.startFailures, now.losses, now.failure, live);
    }

    void starting(Gateway gateway) {
        Page now = page;
        Map<Gateway, Long> starts = new LinkedHashMap<>(now.starts);
        starts.merge(gateway, 1L, Long::sum);
        boolean serving = isServing();
        page = new Page(
                now.state,
                now.since,
                serving ? now.gateway : gateway,
                starts,
                now.startFailures,
                now.losses,
                now.failure,
                now.live);
    }

    void startFailed(TunnelException cause) {
        Page now = page;
        page = new Page(
                now.state,
                now.since,
                now.gateway,
                now.starts,
                oneMore(now.startFailures, cause),
                now.losses,
                cause,
                now.live);
    }

    void up(Gateway gateway, Link link) {
        List<Live> live = new ArrayList<>(page.live);
        live.add(new Live(link, gateway, scheduler.nanoTime(), false));
        page = page.with(live);
    }

    void retired(Link link) {
        page = page.with(page.live.stream()
                .map(one -> one.link == link ? new Live(link, one.gateway, one.upNanos, true) : one)
                .toList());
    }

    /** One that was retired has ended. */
    void ended(Link link) {
        page = page.with(without(link));
    }

    void lost(Link link, TunnelException cause) {
        Page now = page.with(without(link));
        page = new Page(
                now.state,
                now.since,
                now.gateway,
                now.starts,
                now.startFailures,
                oneMore(now.losses, cause),
                cause,
                now.live);
    }

    private static Map<FailureReason, Long> oneMore(Map<FailureReason, Long> counts, TunnelException cause) {
        Map<FailureReason, Long> more = new EnumMap<>(counts);
        more.merge(cause.reason(), 1L, Long::sum);
        return Map.copyOf(more);
    }

    private List<Live> without(Link link) {
        return page.live.stream().filter(one -> one.link != link).toList();
    }

    public TunnelState state() {
        return page.state;
    }

    /** Whether a session is up that takes connections. */
    boolean isServing() {
        return page.live.stream().anyMatch(Live::isServing);
    }

    /** The gateway in use, or else the one that was tried last. */
    public Gateway gateway() {
        return page.gateway;
    }

    public @Nullable TunnelException lastFailure() {
        return page.failure;
    }

    /** All of it at one moment; {@code nextStart} is when the next session start is due, null when none is put off. */
    public TunnelStatus status(
            @Nullable Instant nextStart, List<TunnelStatus.Forwarded> forwards, List<TunnelStatus.Probed> probes) {
        Page now = page;
        long nanos = scheduler.nanoTime();
        return new TunnelStatus(new Snapshot(
                tunnel,
                now.state,
                now.since,
                now.gateway,
                now.live.stream().map(live -> live.shown(nanos)).toList(),
                now.starts,
                now.startFailures,
                now.losses,
                now.failure,
                nextStart,
                List.copyOf(forwards),
                List.copyOf(probes)));
    }

    /** A session that is up. */
    private record Live(Link link, Gateway gateway, long upNanos, boolean retired) {
        private boolean isServing() {
            return !retired;
        }

        private TunnelStatus.Session shown(long nanos) {
            return new TunnelStatus.Session(gateway, Duration.ofNanos(nanos - upNanos), link.roundTrip(), retired);
        }
    }

    private record Page(
            TunnelState state,
            Instant since,
            Gateway gateway,
            Map<Gateway, Long> starts,
            Map<FailureReason, Long> startFailures,
            Map<FailureReason, Long> losses,
            @Nullable TunnelException failure,
            List<Live> live) {
        private Page with(List<Live> others) {
            Gateway used = others.stream()
                    .filter(Live::isServing)
                    .findFirst()
                    .map(Live::gateway)
                    .orElse(gateway);
            return new Page(state, since, used, starts, startFailures, losses, failure, List.copyOf(others));
        }
    }
}
