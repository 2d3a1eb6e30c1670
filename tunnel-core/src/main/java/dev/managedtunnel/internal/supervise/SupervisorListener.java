package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Is told what the supervisor does, inside its serial executor: it must neither block nor throw. */
public interface SupervisorListener {
    /** A move from one state to another; the calls below about the same change come first. */
    void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause);

    /** A session start has begun. */
    void starting(Gateway gateway, long number);

    /** A session start came up; the session need not take connections yet. */
    void started(Gateway gateway, long number, Duration took);

    /** A session start failed. */
    void startFailed(Gateway gateway, long number, TunnelException cause);

    /**
     * A session is up and takes connections.
     *
     * @param outage how long no session was up; null when one was, and for the first
     */
    void linkUp(Session session, @Nullable Duration outage);

    /** A session that took connections is lost. */
    void linkLost(Session session, Duration age, TunnelException cause);

    /**
     * A session takes no more connections, since another one has taken its place; it is ended when it has none left, or
     * when its time is up.
     *
     * @param by what has taken its place
     * @return completes when it has no connection left
     */
    CompletionStage<?> linkRetired(Session session, Session by, Duration age, String why);

    /** A session that took no more connections has ended. */
    void linkEnded(Session session);

    /**
     * Looks whether all is well behind a session that is on trial and takes no connections.
     *
     * @return completes, on any thread, with what is not, for people, or null; not when the session ends before
     */
    CompletionStage<@Nullable String> tryOut(Session session);

    /** Something was decided about which gateway is used; {@code to} is the one that it is about. */
    void decided(FailoverStep step, Gateway from, Gateway to, String reason);
}
