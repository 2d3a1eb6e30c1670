package dev.managedtunnel.internal.jfr;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.jfr.FlightEvents.ChannelOpen;
import dev.managedtunnel.internal.jfr.FlightEvents.Outage;
import dev.managedtunnel.internal.jfr.FlightEvents.SessionLoss;
import dev.managedtunnel.internal.jfr.FlightEvents.SessionStart;
import dev.managedtunnel.internal.status.Recorder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of one tunnel. What nobody records costs one question to {@link #OPEN} or its like, and allocates
 * nothing: an event must be there from the beginning of what it measures, so each of these is a sample that is only asked
 * whether its kind is recorded.
 */
final class JfrRecorder implements Recorder {
    private static final SessionStart START = new SessionStart();
    private static final SessionLoss LOSS = new SessionLoss();
    private static final Outage OUTAGE = new Outage();
    private static final ChannelOpen OPEN = new ChannelOpen();

    private final String tunnel;
    /** Under way, by number. */
    private final Map<Long, SessionStart> starts = new HashMap<>();

    private @Nullable Outage outage;

    JfrRecorder(String tunnel) {
        this.tunnel = tunnel;
    }

    @Override
    public void startBegan(Gateway gateway, long number) {
        if (START.isEnabled()) {
            SessionStart start = new SessionStart();
            start.begin();
            start.tunnel = tunnel;
            start.gateway = gateway.toString();
            start.start = number;
            starts.put(number, start);
        }
    }

    @Override
    public void startEnded(long number, @Nullable TunnelException failure) {
        SessionStart start = starts.remove(number);
        if (start != null) {
            start.outcome = failure == null ? "up" : "failed";
            if (failure != null) {
                start.reason = failure.reason().tag();
                start.detail = failure.detail();
            }
            start.commit();
        }
    }

    @Override
    public void sessionLost(Gateway gateway, Duration age, TunnelException cause, boolean last) {
        if (LOSS.isEnabled()) {
            SessionLoss loss = new SessionLoss();
            loss.tunnel = tunnel;
            loss.gateway = gateway.toString();
            loss.reason = cause.reason().tag();
            loss.detail = cause.detail();
            loss.age = age.toNanos();
            loss.commit();
        }
        if (last && OUTAGE.isEnabled()) {
            Outage begun = new Outage();
            begun.begin();
            begun.tunnel = tunnel;
            begun.reason = cause.reason().tag();
            outage = begun;
        }
    }

    @Override
    public void outage(Duration duration) {
        endOutage(true);
    }

    private void endOutage(boolean recovered) {
        Outage over = outage;
        outage = null;
        if (over != null) {
            over.recovered = recovered;
            over.commit();
        }
    }

    @Override
    public void tunnelEnded() {
        endOutage(false);
        starts.values().forEach(start -> {
            start.outcome = "cancelled";
            start.commit();
        });
        starts.clear();
    }

    @Override
    public @Nullable Opening channelOpening(String forward) {
        if (!OPEN.isEnabled()) {
            return null;
        }
        ChannelOpen open = new ChannelOpen();
        open.begin();
        open.tunnel = tunnel;
        open.forward = forward;
        return open;
    }
}
