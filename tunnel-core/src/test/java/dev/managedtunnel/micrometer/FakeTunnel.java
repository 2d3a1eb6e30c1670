package dev.managedtunnel.micrometer;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.status.Snapshot;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** A tunnel that is in the state that a test says, with two forwards and two probes. */
final class FakeTunnel implements ManagedTunnel {
    static final Gateway GATEWAY = Gateway.of("deploy", "bastion", 22);
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final String name;
    private final List<TunnelListener> listeners = new ArrayList<>();
    final Map<FailureReason, Long> startFailures = new EnumMap<>(FailureReason.class);
    final Map<FailureReason, Long> losses = new EnumMap<>(FailureReason.class);
    final Map<ConnectionOutcome, Long> outcomes = new EnumMap<>(ConnectionOutcome.class);
    final List<TunnelStatus.Session> moreSessions = new ArrayList<>();
    final Map<Gateway, Long> moreStarts = new LinkedHashMap<>();
    TunnelState state = TunnelState.CONNECTING;
    long starts;
    int active;
    int parked;
    long bytesIn;
    long bytesOut;
    boolean probeIsHealthy = true;
    long goodChecks;
    long failedChecks;

    @Nullable
    Duration sessionAge;

    @Nullable
    Duration roundTrip;

    @Nullable
    Instant nextAttempt;

    @Nullable
    TunnelException lastFailure;

    private final List<Forward> forwards = new ArrayList<>(List.of(
            Forward.local("db", 5432).named("orders"),
            Forward.local("db2", 5432).named("replica")));

    FakeTunnel(String name) {
        this.name = name;
    }

    void moveTo(TunnelState to) {
        TunnelState from = state;
        state = to;
        listeners.forEach(listener -> listener.onEvent(new TunnelEvent.StateChanged(name, NOW, from, to, null)));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TunnelState state() {
        return state;
    }

    @Override
    public TunnelStatus status() {
        return new TunnelStatus(new Snapshot(
                name,
                state,
                NOW,
                GATEWAY,
                sessions(),
                starts(),
                Map.copyOf(startFailures),
                Map.copyOf(losses),
                lastFailure,
                nextAttempt,
                forwards.stream().map(this::forwarded).toList(),
                List.of(
                        new TunnelStatus.Probed(
                                "isValid", probeIsHealthy, NOW, null, null, null, goodChecks, failedChecks),
                        new TunnelStatus.Probed("echo-loop", true, NOW, null, null, null, 0, 0))));
    }

    /** Only the first does anything. */
    private TunnelStatus.Forwarded forwarded(Forward forward) {
        return forward == forwards.get(0)
                ? new TunnelStatus.Forwarded(
                        forward, null, active, parked, bytesIn, bytesOut, Map.copyOf(outcomes), null)
                : new TunnelStatus.Forwarded(forward, null, 0, 0, 0, 0, Map.of(), null);
    }

    @Override
    public void addForward(Forward forward) {
        forwards.add(forward);
        listeners.forEach(listener -> listener.onEvent(new TunnelEvent.ForwardAdded(name, NOW, forward)));
    }

    @Override
    public void removeForward(String forwardName) {
        Forward forward = forwards.stream()
                .filter(one -> one.name().equals(forwardName))
                .findFirst()
                .orElseThrow();
        forwards.remove(forward);
        listeners.forEach(listener -> listener.onEvent(new TunnelEvent.ForwardRemoved(name, NOW, forward)));
    }

    @Override
    public void removeForward(String forwardName, Duration drain) {
        removeForward(forwardName);
    }

    private List<TunnelStatus.Session> sessions() {
        List<TunnelStatus.Session> sessions = new ArrayList<>(moreSessions);
        if (sessionAge != null) {
            sessions.add(0, new TunnelStatus.Session(GATEWAY, sessionAge, roundTrip, false));
        }
        return sessions;
    }

    private Map<Gateway, Long> starts() {
        Map<Gateway, Long> each = new LinkedHashMap<>(Map.of(GATEWAY, starts));
        each.putAll(moreStarts);
        return each;
    }

    @Override
    public void addListener(TunnelListener listener) {
        listeners.add(listener);
    }

    @Override
    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    @Override
    public InetSocketAddress address(String forwardName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketFactory socketFactory(String forwardName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Path socketPath(String forwardName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean awaitUp(Duration timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<@Nullable Void> whenUp() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void reconnectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void networkChanged() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void restart() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        moveTo(TunnelState.CLOSED);
    }

    @Override
    public void close(Duration drain) {
        close();
    }
}
