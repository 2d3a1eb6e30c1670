package dev.managedtunnel.internal.status;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.StartPhase;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gets what the status does not hold, durations above all; called on the tunnel's own threads, so it must be quick and never
 * throw. Those of sessions come from the supervisor's serial executor, those of connections from the loop.
 */
public interface Recorder {
    /** Records nothing. */
    Recorder NONE = new Recorder() {};

    /** A session start began. */
    default void startBegan(Gateway gateway, long number) {}

    /** That start came up, or failed. */
    default void startEnded(long number, @Nullable TunnelException failure) {}

    /** A session came up and takes connections; how long each phase of its start took. */
    default void sessionUp(Map<StartPhase, Duration> phases) {}

    /**
     * Such a session is lost.
     *
     * @param last whether none is left, so that an outage begins
     */
    default void sessionLost(Gateway gateway, Duration age, TunnelException cause, boolean last) {}

    /** A session is up again; how long none was. */
    default void outage(Duration duration) {}

    /** The tunnel has failed or is closed. */
    default void tunnelEnded() {}

    /** The gateway is asked for a channel; whom to tell what comes of it, null if nobody wants to know. */
    default @Nullable Opening channelOpening(String forward) {
        return null;
    }

    /** The gateway confirmed a channel; how long that took. */
    default void channelOpened(String forward, Duration duration) {}

    /** A parked connection was served, refused or left; how long it had waited. */
    default void parked(String forward, Duration duration) {}

    /** A channel that was asked for. */
    interface Opening {
        /** That is over; {@code outcome} is one word in lower case. */
        void ended(String outcome);
    }
}
