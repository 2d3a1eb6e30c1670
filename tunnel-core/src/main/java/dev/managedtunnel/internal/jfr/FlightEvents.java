package dev.managedtunnel.internal.jfr;

import dev.managedtunnel.internal.status.Recorder;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * The events, with their names and fields as in {@code docs/metrics.md}: they are API. Their stack traces would show the
 * tunnel's own threads only, so there are none.
 */
final class FlightEvents {
    private FlightEvents() {}

    /** What all of them have. */
    @Category("Managed Tunnel")
    @StackTrace(false)
    abstract static class TunnelEvent extends Event {
        @Label("Tunnel")
        @Description("The tunnel's name")
        @Nullable
        String tunnel;
    }

    @Name("dev.managedtunnel.SessionStart")
    @Label("Session Start")
    @Description("From the beginning of a session start to the accepted login, or to its failure")
    static final class SessionStart extends TunnelEvent {
        @Label("Gateway")
        @Nullable
        String gateway;

        @Label("Start")
        @Description("The number of this session start of the tunnel, from 1")
        long start;

        @Label("Outcome")
        @Description("up, failed, or cancelled when the tunnel ended first")
        @Nullable
        String outcome;

        @Label("Reason")
        @Description("Why it failed")
        @Nullable
        String reason;

        @Label("Detail")
        @Description("What happened, for people")
        @Nullable
        String detail;
    }

    @Name("dev.managedtunnel.SessionLoss")
    @Label("Session Loss")
    @Description("A session that took connections is lost, with those that it had")
    static final class SessionLoss extends TunnelEvent {
        @Label("Gateway")
        @Nullable
        String gateway;

        @Label("Reason")
        @Description("Why it was lost")
        @Nullable
        String reason;

        @Label("Detail")
        @Description("What happened, for people")
        @Nullable
        String detail;

        @Label("Age")
        @Description("How long it was up")
        @Timespan(Timespan.NANOSECONDS)
        long age;
    }

    @Name("dev.managedtunnel.Outage")
    @Label("Outage")
    @Description("From the loss of the last session to the next one up, or to the tunnel's end")
    static final class Outage extends TunnelEvent {
        @Label("Reason")
        @Description("Why the last session was lost")
        @Nullable
        String reason;

        @Label("Recovered")
        @Description("Whether a session came up; else the tunnel ended")
        boolean recovered;
    }

    @Name("dev.managedtunnel.ChannelOpen")
    @Label("Channel Open")
    @Description("From asking the gateway for a connection to a target to its answer")
    @Threshold("20 ms")
    static final class ChannelOpen extends TunnelEvent implements Recorder.Opening {
        @Label("Forward")
        @Nullable
        String forward;

        @Label("Outcome")
        @Description(
                "confirmed, refused, prohibited, timed_out, link_down, given_up when the client left first, or error")
        @Nullable
        String outcome;

        /** The first to tell knows best: what ends a connection may come again while it is cleared away. */
        @Override
        public void ended(String how) {
            if (outcome == null) {
                outcome = how;
                commit();
            }
        }
    }
}
