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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a tunnel's sessions. Written inside the supervisor's serial executor, read anywhere: all of it is
 * one immutable page that each change replaces, so a reader never sees half a change.
 */
public final class StatusBook {
    private final String tunnel;
    private final Gateway gateway;
    private final Scheduler scheduler;
    private volatile Page page;

    public StatusBook(String tunnel, Gateway gateway, Scheduler scheduler) {
        this.tunnel = tunnel;
        this.gateway = gateway;
        this.scheduler = scheduler;
        Map<FailureReason, Long> none = new EnumMap<>(FailureReason.class);
        for (FailureReason reason : FailureReason.values()) {
            none.put(reason, 0L);
        }
        page = new Page(TunnelState.CONNECTING, scheduler.now(), 0, Map.copyOf(none), null, null, 0);
    }

    void moved(TunnelState to) {
        Page now = page;
        page = new Page(
                to,
                scheduler.now(),
                now.starts,
                now.losses,
                now.failure,
                to.isServing() ? now.link : null,
                now.upNanos);
    }

    void starting(long number) {
        Page now = page;
        page = new Page(now.state, now.since, number, now.losses, now.failure, null, 0);
    }

    void failed(TunnelException cause) {
        Page now = page;
        page = new Page(now.state, now.since, now.starts, now.losses, cause, null, 0);
    }

    void up(Link link) {
        Page now = page;
        page = new Page(now.state, now.since, now.starts, now.losses, now.failure, link, scheduler.nanoTime());
    }

    void lost(TunnelException cause) {
        Page now = page;
        Map<FailureReason, Long> losses = new EnumMap<>(now.losses);
        losses.merge(cause.reason(), 1L, Long::sum);
        page = new Page(now.state, now.since, now.starts, Map.copyOf(losses), cause, null, 0);
    }

    public TunnelState state() {
        return page.state;
    }

    public @Nullable TunnelException lastFailure() {
        return page.failure;
    }

    /** All of it at one moment; {@code nextStart} is when the next session start is due, null unless backing off. */
    public TunnelStatus status(
            @Nullable Instant nextStart, List<TunnelStatus.Forwarded> forwards, List<TunnelStatus.Probed> probes) {
        Page now = page;
        Link link = now.link;
        return new TunnelStatus(new Snapshot(
                tunnel,
                now.state,
                now.since,
                gateway,
                link == null ? null : Duration.ofNanos(scheduler.nanoTime() - now.upNanos),
                now.starts,
                now.losses,
                now.failure,
                nextStart,
                link == null ? null : link.roundTrip(),
                List.copyOf(forwards),
                List.copyOf(probes)));
    }

    private record Page(
            TunnelState state,
            Instant since,
            long starts,
            Map<FailureReason, Long> losses,
            @Nullable TunnelException failure,
            @Nullable Link link,
            long upNanos) {}
}
