package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Is told what the supervisor does, inside its serial executor: it must neither block nor throw. */
public interface SupervisorListener {
    /** A move from one state to another; the calls below about the same change come first. */
    void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause);

    /** A session start has begun. */
    void starting(long number);

    /** A session start failed. */
    void startFailed(long number, TunnelException cause);

    /** A session is up; {@code outage} since the one before was lost, null for the first. */
    void linkUp(long number, Link link, Duration took, @Nullable Duration outage);

    /** The session that was up is lost. */
    void linkLost(Duration age, TunnelException cause);
}
