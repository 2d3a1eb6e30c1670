package dev.managedtunnel.internal.status;

import dev.managedtunnel.internal.link.StartPhase;
import java.time.Duration;
import java.util.Map;

/** Gets the durations that only timers keep; called on the tunnel's own threads, so it must be quick and never throw. */
public interface Recorder {
    /** Records nothing. */
    Recorder NONE = new Recorder() {};

    /** A session came up; how long each phase of its start took. */
    default void sessionUp(Map<StartPhase, Duration> phases) {}

    /** A session is up again; how long none was. */
    default void outage(Duration duration) {}

    /** The gateway confirmed a channel; how long that took. */
    default void channelOpened(String forward, Duration duration) {}

    /** A parked connection was served, refused or left; how long it had waited. */
    default void parked(String forward, Duration duration) {}
}
