package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One session start: JSch's blocking {@code connect} on a worker, and a future that whoever comes first completes, the
 * worker, the deadline or a cancel. What loses is undone: a session that came up too late is cut. Thread-safe.
 */
final class JschStart implements LinkStart {
    private final JschSettings settings;
    private final TunnelSpec spec;
    private final Gateway gateway;
    private final Phases phases;
    private final Pulse pulse;
    private final Wire wire;
    private final JschLog log;
    private final Failures failures;
    private final CompletableFuture<Link> result = new CompletableFuture<>();

    JschStart(JschSettings settings, Gateway gateway, long number) {
        this.settings = settings;
        spec = settings.spec();
        this.gateway = gateway;
        phases = new Phases(settings.scheduler());
        pulse = new Pulse(settings.scheduler());
        Connector connector = new Connector(settings.resolver(), spec.connectTimeout());
        wire = new Wire(connector, phases, pulse);
        log = new JschLog(spec.name(), phases);
        failures = new Failures(gateway, number, phases, wire, log);
    }

    /** Blocks until the session is up or has failed; ends soon when the wire is cut. */
    void run() {
        if (result.isDone()) {
            return;
        }
        Identities identities = Identities.none();
        try {
            JschLink link = connect(identities);
            if (!result.complete(link)) {
                link.cut(failures.cancelled());
            }
        } catch (Throwable e) {
            // Errors too: whoever waits for the result must hear of it.
            result.completeExceptionally(failures.startFailed(e, identities.tried(log.methodsTried())));
            wire.cut();
        }
    }

    private JschLink connect(Identities identities) throws JSchException {
        JSch jsch = new JSch();
        jsch.setInstanceLogger(log);
        try {
            jsch.setHostKeyRepository(HostKeyPolicy.of(spec.name(), spec.hostKeys(), gateway));
            identities.load(spec.credentials(), jsch, log, skipped -> settings.warnOnce(skipped.why()));
            Session session = jsch.getSession(gateway.user(), gateway.host(), gateway.port());
            session.setSocketFactory(wire);
            session.setConfig("StrictHostKeyChecking", "yes");
            session.setConfig("prefer_known_host_key_types", "yes");
            identities.offerTo(jsch, session, identities.answers(spec.name()));
            JschLink link = new JschLink(settings, gateway, session, wire, pulse, phases, failures);
            session.setThreadFactory(new ReaderThreads(spec.name(), link::readerEnded));
            session.connect();
            phases.finish();
            link.up();
            return link;
        } finally {
            identities.wipe();
        }
    }

    @Override
    public CompletionStage<Link> link() {
        return result;
    }

    @Override
    public void timeOut(Duration deadline) {
        giveUp(failures.timedOut(deadline));
    }

    @Override
    public void cancel() {
        giveUp(failures.cancelled());
    }

    private void giveUp(TunnelException why) {
        if (result.completeExceptionally(why)) {
            wire.cut();
        }
    }
}
