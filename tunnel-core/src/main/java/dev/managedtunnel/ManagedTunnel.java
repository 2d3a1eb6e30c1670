package dev.managedtunnel;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel that heals itself, made by {@link TunnelSpec#open()} or {@link TunnelSpec#start()}. Its listeners are bound
 * once and stay bound until {@link #close()}, or until their forward is removed; connections that come in while no session is up are parked and served on
 * recovery. An <em>established</em> connection does not survive the loss of its session: it ends with a RST.
 *
 * <p>All methods may be called from any thread, and none but {@code awaitUp}, {@code close}, {@code addForward} and {@code
 * removeForward} waits.
 */
public interface ManagedTunnel extends AutoCloseable {
    /** The tunnel's name. */
    String name();

    /** The state now. */
    TunnelState state();

    /** A consistent snapshot of everything there is to know. */
    TunnelStatus status();

    /**
     * Where the tunnel's only local or dynamic forward listens that does so on TCP, with the real port. It never changes.
     *
     * @throws IllegalStateException when the tunnel has no forward that listens on TCP, or several
     */
    InetSocketAddress address();

    /**
     * Where a forward listens, with the real port. For one that listens here it never changes. For a remote one it is the
     * address at the gateway, unresolved; a port that the gateway chose changes with each session.
     *
     * @throws IllegalArgumentException when no forward of that name listens on TCP
     * @throws IllegalStateException when it is a remote one and no session is up
     */
    InetSocketAddress address(String forwardName);

    /**
     * The socket path where a local forward listens.
     *
     * @throws IllegalArgumentException when no forward of that name listens on a Unix domain socket
     */
    Path socketPath(String forwardName);

    /**
     * Sockets that are channels to a forward's target, without a port on this machine: with
     * {@link Forward.Local#inProcessOnly()} nobody outside of this process can use the forward. What such a socket is
     * asked to connect to is ignored, whether or not it can be resolved: the forward says what the target is. With a
     * {@link Forward.Dynamic} it is what the socket connects to: the gateway looks up a name that is
     * {@linkplain java.net.InetSocketAddress#createUnresolved not resolved yet}.
     *
     * <p>They go the way of accepted connections: parked while no session is up, counted, limited, measured. Where a
     * listener's client would get a RST, they throw: {@link java.net.ConnectException} with the reason when the target
     * can't be reached or parking ends, {@link java.net.SocketTimeoutException} after the timeout given to
     * {@code connect}, {@link java.net.SocketException} when the session is lost (never an end of stream), or when the
     * tunnel or the socket is closed, by any thread. {@code SO_TIMEOUT} and half-close work, other socket options are
     * taken and have no effect. Interrupting a thread that waits in one does nothing; close it.
     *
     * <p>The factory may be kept and used for the tunnel's life; while there is no such forward any more, its sockets throw
     * {@link java.net.ConnectException}.
     *
     * @throws IllegalArgumentException when there is no forward of that name, or it is a remote one
     */
    SocketFactory socketFactory(String forwardName);

    /**
     * Adds a forward to the running tunnel, whether or not a session is up. It listens when this returns, stays as those of
     * the specification do, and is told of by a {@link TunnelEvent.ForwardAdded}; when this throws, nothing has changed.
     *
     * <p>Waits while the name of the listening address is looked up. A remote one waits, when a session is up, for the
     * gateway's answer, at most 10 s; without a session it is part of the next one's start, which a refusal then fails.
     *
     * @throws IllegalArgumentException when its name, or the place where it is to listen, is that of another forward
     * @throws TunnelException with reason {@link FailureReason#LISTEN_FAILED} or {@link
     *     FailureReason#REMOTE_LISTEN_REFUSED} when it can't listen, {@link FailureReason#CLOSED} when the tunnel is closed
     */
    void addForward(Forward forward);

    /**
     * Removes a forward at once: as {@link #removeForward(String, Duration)} without a drain.
     *
     * @throws IllegalArgumentException when there is no forward of that name
     */
    void removeForward(String forwardName);

    /**
     * Removes a forward: it stops listening, its parked connections end with a RST, and the established ones have so long to
     * end by themselves, then they get a RST too. Waits for that. Meanwhile it is still in {@link #status()}, and its name is
     * taken. Then its counts go with it, and a {@link TunnelEvent.ForwardRemoved} tells of it. When the waiting thread is
     * interrupted it returns at once, its interrupt flag set, and the removal goes on. The last forward may be removed too.
     *
     * @param drain zero or less ends everything at once; if it is removed twice at a time, the shorter time counts
     * @throws IllegalArgumentException when there is no forward of that name
     */
    void removeForward(String forwardName, Duration drain);

    /**
     * Waits until a session is up.
     *
     * @return true when one is, false when the time is over
     * @throws TunnelException when the tunnel failed or was closed
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    boolean awaitUp(Duration timeout) throws InterruptedException;

    /**
     * Completes when a session is up, at once if one is; exceptionally, with a {@link TunnelException}, when the tunnel
     * fails or is closed. Stages added to it run on a thread of the tunnel's and must not block.
     */
    CompletionStage<@Nullable Void> whenUp();

    /**
     * Leaves the backoff and starts a session now, spacing or not: autossh's SIGHUP. Does nothing in other states.
     */
    void reconnectNow();

    /**
     * Replaces the session by a new one, which is started first, as soon as the spacing allows: autossh's SIGUSR1. New
     * connections go to the new one; those that the old one has may go on for {@link RestartPolicy#drain()}, and end with a
     * RST then. If the new one can't be started, the old one stays and it is tried again on the backoff. Several sessions
     * are replaced one after the other. A backoff ends as soon as the spacing allows. Does nothing else while a session is
     * being started, or in a final state.
     */
    void restart();

    /**
     * Says that this machine's network has changed, for applications that know: asks each session for an answer now and
     * gives up those that do not answer within 5 s (or within the time of {@link KeepAlive}, if that is shorter), and ends
     * a backoff as soon as the spacing allows. A session that answers goes on as it was, so it does no harm to call it once
     * too often. Without effect in a final state. Returns at once. Nothing in ssh or autossh does this; that the machine
     * slept is noticed without it.
     */
    void networkChanged();

    /** Adds a listener for events from now on. */
    void addListener(TunnelListener listener);

    /**
     * Closes the tunnel: listeners, connections, session, threads. Returns within 5 s whatever the network does, and is
     * idempotent. Established connections end with a RST.
     */
    @Override
    void close();

    /**
     * As {@link #close()}, but stops accepting first and gives established connections so long to end by themselves.
     */
    void close(Duration drain);
}
