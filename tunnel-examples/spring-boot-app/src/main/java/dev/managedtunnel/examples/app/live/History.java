package dev.managedtunnel.examples.app.live;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.actuate.TunnelDescriptor;
import dev.managedtunnel.examples.app.live.PageState.Happening;
import dev.managedtunnel.examples.app.live.PageState.Kind;
import dev.managedtunnel.examples.app.live.PageState.Span;
import dev.managedtunnel.examples.app.live.PageState.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one tunnel has been through lately: bounded, whatever it goes through. Thread-safe. */
final class History {
    static final Duration REACH = Duration.ofHours(1);
    static final int MOST_SPANS = 500;
    static final int MOST_HAPPENINGS = 8;
    static final int SECONDS_OF_TRAFFIC = 60;

    /** These say nothing beside the loss of the session, or the end of the client, that they go with. */
    private static final Set<ConnectionOutcome> TOLD_ELSEWHERE =
            EnumSet.of(ConnectionOutcome.BROKEN, ConnectionOutcome.CLIENT_LEFT);

    private final Deque<Span> states = new ArrayDeque<>();
    private final Deque<Happening> happenings = new ArrayDeque<>();
    private final Deque<Traffic> traffic = new ArrayDeque<>();
    private @Nullable Instant failedAt;
    private long bytesIn;
    private long bytesOut;

    /**
     * @param since when the state began
     * @param in payload bytes from targets so far
     * @param out payload bytes to targets so far
     */
    History(TunnelState state, Instant since, long in, long out) {
        states.add(new Span(state, since));
        bytesIn = in;
        bytesOut = out;
    }

    synchronized void add(TunnelEvent event) {
        if (event instanceof TunnelEvent.StateChanged changed) {
            state(changed.to(), changed.at());
        } else if (event instanceof TunnelEvent.SessionUp up) {
            happened(event, Kind.UP, "via " + up.gateway(), up.outage());
        } else if (event instanceof TunnelEvent.SessionLost lost) {
            failedAt = lost.at();
            happened(event, Kind.LOST, lost.cause().detail(), lost.age());
        } else if (event instanceof TunnelEvent.StartFailed failed) {
            failedAt = failed.at();
            happened(event, Kind.START_FAILED, failed.cause().detail(), null);
        } else if (event instanceof TunnelEvent.SessionReplaced replaced) {
            happened(event, Kind.REPLACED, replaced.reason(), replaced.age());
        } else if (event instanceof TunnelEvent.ProbeFailed probe) {
            happened(event, Kind.PROBE_FAILED, probe.cause().detail(), null);
        } else if (event instanceof TunnelEvent.ProbeRecovered probe) {
            happened(event, Kind.PROBE_RECOVERED, probe.probe(), probe.failing());
        } else if (event instanceof TunnelEvent.FailoverDecided decided) {
            happened(event, Kind.FAILOVER, decided.reason(), null);
        } else if (event instanceof TunnelEvent.ConnectionFailed failed && !TOLD_ELSEWHERE.contains(failed.outcome())) {
            happened(event, Kind.CONNECTION_FAILED, failed.detail(), null);
        }
    }

    /** To be called every second, as the constructor. */
    synchronized void sample(TunnelState state, Instant since, long in, long out) {
        // A tunnel that starts in the background may have moved before anybody listened.
        state(state, since);
        // A forward that is removed takes its bytes along.
        traffic.add(new Traffic(Math.max(0, in - bytesIn), Math.max(0, out - bytesOut)));
        bytesIn = in;
        bytesOut = out;
        if (traffic.size() > SECONDS_OF_TRAFFIC) {
            traffic.remove();
        }
    }

    synchronized PageState.Tunnel view(TunnelDescriptor status) {
        return new PageState.Tunnel(
                status, List.copyOf(states), failedAt, List.copyOf(happenings), List.copyOf(traffic));
    }

    private void state(TunnelState state, Instant since) {
        Span last = states.getLast();
        if (last.state() == state || since.isBefore(last.since())) {
            return;
        }
        states.add(new Span(state, since));
        Instant reach = since.minus(REACH);
        // The first one may have begun long ago: it lasts until the second.
        while (states.size() > MOST_SPANS || secondBeganBefore(reach)) {
            states.remove();
        }
    }

    private boolean secondBeganBefore(Instant reach) {
        return states.size() > 1
                && states.stream().skip(1).findFirst().orElseThrow().since().isBefore(reach);
    }

    private void happened(TunnelEvent event, Kind kind, String detail, @Nullable Duration lasted) {
        Happening before = happenings.peekFirst();
        int times = 1;
        if (kind == Kind.START_FAILED && before != null && before.kind() == kind) {
            times += before.times();
            happenings.removeFirst();
        }
        happenings.addFirst(new Happening(event.at(), kind, detail, lasted, times));
        if (happenings.size() > MOST_HAPPENINGS) {
            happenings.removeLast();
        }
    }
}
