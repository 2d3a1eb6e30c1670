package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.Proxy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session of a start: the gateway's, or that of a jump host on the way, each with JSch objects, credentials and host
 * keys of its own. {@link #connect} and {@link #awaitEnd} are for the start's worker; the rest is thread-safe.
 */
final class Hop {
    private static final Logger LOG = LoggerFactory.getLogger(Hop.class);

    /** What ends is cut and has nothing to wait for; this is for the day on which that is not so. */
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final JschSettings settings;
    private final TunnelSpec spec;
    private final Gateway gateway;
    private final @Nullable Hop outer;
    private final boolean isLast;
    private final String name;
    private final String threads;

    private final Phases phases;
    private final Pulse pulse;
    private final Wire wire;
    private final JschLog log;
    private final Failures failures;
    private final Asking asking = new Asking();
    private final Identities identities = Identities.none(asking);

    /** Once it is up. */
    private volatile @Nullable JschLink link;

    /**
     * @param gateway what it connects to
     * @param outer the jump host that is asked to; null where it is this machine
     * @param isLast whether it is the gateway of the tunnel
     */
    Hop(JschSettings settings, Gateway gateway, @Nullable Hop outer, boolean isLast, long number) {
        this.settings = settings;
        this.gateway = gateway;
        this.outer = outer;
        this.isLast = isLast;
        spec = settings.spec();
        phases = new Phases(settings.scheduler(), outer == null ? null : outer.phases);
        pulse = new Pulse(settings.scheduler());
        Dialler dialler = dialler();
        wire = new Wire(dialler, phases, pulse, outer == null ? null : outer.wire);
        name = (isLast ? "" : "jump host ") + gateway;
        threads = spec.name() + (isLast ? "" : "-jump" + (wire.depth() + 1));
        log = new JschLog(spec.name(), phases);
        failures = new Failures(name, dialler, number, phases, wire, log);
    }

    private Dialler dialler() {
        Endpoint.Tcp place = new Endpoint.Tcp(gateway.host(), gateway.port());
        if (outer != null) {
            return new JumpDialler(outer, place, phases, pulse::progressed);
        }
        Proxy proxy = gateway.proxy().orElse(null);
        Endpoint.Tcp peer = proxy == null ? place : proxy.address();
        Connector connector = new Connector(
                settings.resolver(),
                spec.connectTimeout(),
                peer,
                gateway.bindAddress().orElse(null),
                phases,
                pulse::progressed);
        return proxy == null ? connector : new ProxyDialler(proxy, place, connector, asking);
    }

    /** Blocks until the session is up or has failed; ends soon when the wire is cut. */
    JschLink connect() throws JSchException {
        JSch jsch = new JSch();
        jsch.setInstanceLogger(log);
        try {
            jsch.setHostKeyRepository(
                    HostKeyPolicy.of(spec.name(), gateway.hostKeys().orElse(spec.hostKeys()), gateway));
            identities.load(credentials(), jsch, log, settings::warnOnce);
            Session session = jsch.getSession(gateway.user(), gateway.host(), gateway.port());
            session.setProxy(wire.transport());
            gateway.hostKeyAlias().ifPresent(session::setHostKeyAlias);
            SessionConfig.apply(session, settings);
            identities.offerTo(jsch, session, identities.answers(spec.name(), gateway));
            JschLink made = new JschLink(settings, this, session);
            session.setThreadFactory(new ReaderThreads(threads, made::readerEnded, made::offered));
            session.connect();
            phases.finish();
            link = made;
            made.up();
            return made;
        } finally {
            identities.wipe();
        }
    }

    private List<Credentials> credentials() {
        return gateway.credentials().isEmpty() ? spec.credentials() : gateway.credentials();
    }

    /** What {@link #connect} failed with, for people. */
    TunnelException failed(Throwable failure) {
        return failures.startFailed(failure, identities.tried(log.methodsTried()));
    }

    /** What its start fails with, since the deadline is over. */
    TunnelException timedOut(Duration deadline) {
        return failures.timedOut(deadline, asking.whom());
    }

    /** Waits for nobody any more who was asked for a secret. */
    void stopAsking() {
        asking.giveUp();
    }

    /** Ends this session and those that carry it. */
    void cut() {
        wire.cut();
    }

    /** Waits until the reader of the session, which is ending, has ended, and says what of; at once when there is none. */
    @Nullable
    TunnelException awaitEnd() {
        JschLink up = link;
        if (up == null) {
            return null;
        }
        try {
            return up.lost().toCompletableFuture().get(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("{}: the session to {} does not end", spec.name(), name, e);
        }
        return null;
    }

    /** The session, which is up or was. */
    JschLink link() {
        return Objects.requireNonNull(link, "not connected");
    }

    /** The jump host that carries this one's session. */
    @Nullable
    Hop outer() {
        return outer;
    }

    boolean isJumpHost() {
        return !isLast;
    }

    /**
     * The first jump host that gives no sign of life either, when this hop gives none: one that lives has answered its
     * ping. Null when the silence is this hop's.
     */
    @Nullable
    Hop silentOnTheWay() {
        Hop first = outer == null ? null : outer.silentOnTheWay();
        if (first != null || outer == null) {
            return first;
        }
        long silent = settings.scheduler().nanoTime() - outer.pulse.lastSignNanos();
        return silent > spec.keepAlive().interval().toNanos() * 3 / 2 ? outer : null;
    }

    /** What it is called in texts. */
    String name() {
        return name;
    }

    Phases phases() {
        return phases;
    }

    Pulse pulse() {
        return pulse;
    }

    Wire wire() {
        return wire;
    }

    Failures failures() {
        return failures;
    }
}
