package dev.managedtunnel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Many tunnels with the same settings but for a few: opened, watched and closed as one. They are independent of each other
 * all the same: each heals itself, and is a {@link ManagedTunnel} like any other.
 *
 * <pre>{@code
 * TunnelGroup sites = new TunnelGroup(shared -> shared
 *         .credentials(Credentials.agent())
 *         .forward(Forward.local("db.internal", 5432))
 *         .probe(Probe.connect("db.internal", 5432)));
 * for (String site : List.of("berlin", "oslo", "quito")) {
 *     sites.add(site, its -> its.gateway("deploy@" + site + ".example.com"));
 * }
 * List<TunnelStatus> missing = sites.awaitUp(Duration.ofMinutes(1));
 * }</pre>
 *
 * <p>Session starts are spread out without the group's doing: those of all tunnels of a JVM to one gateway take turns, a few
 * at a time, and retries are jittered. Thread-safe.
 */
public final class TunnelGroup implements Iterable<ManagedTunnel>, AutoCloseable {
    private final UnaryOperator<TunnelSpec.Builder> template;
    /** In the order of addition. Guarded by itself, as is {@code closed}. */
    private final Map<String, ManagedTunnel> tunnels = new LinkedHashMap<>();

    private boolean closed;

    /**
     * An empty group.
     *
     * @param template gives each tunnel's builder what all have in common
     */
    public TunnelGroup(UnaryOperator<TunnelSpec.Builder> template) {
        this.template = template;
    }

    /**
     * Starts a tunnel, as {@link TunnelSpec#start()} does, and returns at once.
     *
     * @param name the tunnel's
     * @param own gives its builder what is its own, behind the template
     * @throws IllegalArgumentException when its settings do, or there is one of that name
     * @throws IllegalStateException when the group is closed
     * @throws TunnelException when a listener can't be bound; the others are not touched
     */
    public ManagedTunnel add(String name, UnaryOperator<TunnelSpec.Builder> own) {
        requireRoomFor(name);
        ManagedTunnel tunnel =
                own.apply(template.apply(TunnelSpec.builder(name))).build().start();
        try {
            synchronized (tunnels) {
                requireRoomFor(name);
                tunnels.put(name, tunnel);
            }
        } catch (RuntimeException tooLate) {
            tunnel.close();
            throw tooLate;
        }
        return tunnel;
    }

    private void requireRoomFor(String name) {
        synchronized (tunnels) {
            if (closed) {
                throw new IllegalStateException("the tunnel group is closed; '" + name + "' needs a new one");
            }
            if (tunnels.containsKey(name)) {
                throw Checks.bad("tunnel name", name, "is in the group already; remove that one, or rename this");
            }
        }
    }

    /** Closes the tunnel of that name and forgets it; false when there is none. */
    public boolean remove(String name) {
        ManagedTunnel tunnel;
        synchronized (tunnels) {
            tunnel = tunnels.remove(name);
        }
        if (tunnel == null) {
            return false;
        }
        tunnel.close();
        return true;
    }

    /** The tunnel of that name. */
    public Optional<ManagedTunnel> tunnel(String name) {
        synchronized (tunnels) {
            return Optional.ofNullable(tunnels.get(name));
        }
    }

    /** The tunnels there are now, in the order in which they were added. */
    public List<ManagedTunnel> tunnels() {
        synchronized (tunnels) {
            return List.copyOf(tunnels.values());
        }
    }

    @Override
    public Iterator<ManagedTunnel> iterator() {
        return tunnels().iterator();
    }

    /** What there is to know about all of them. */
    public TunnelGroupStatus status() {
        return new TunnelGroupStatus(
                tunnels().stream().map(ManagedTunnel::status).toList());
    }

    /**
     * Waits until a session of each tunnel is up, or the time is over. A tunnel that has failed is not waited for.
     *
     * @return those that are not up, each with why in {@link TunnelStatus#lastFailure()}; empty when all are
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public List<TunnelStatus> awaitUp(Duration timeout) throws InterruptedException {
        List<ManagedTunnel> all = tunnels();
        CountDownLatch missing = new CountDownLatch(all.size());
        all.forEach(tunnel -> tunnel.whenUp().whenComplete((none, failed) -> missing.countDown()));
        // convert, since it takes "for ever" for what toNanos throws on.
        var unused = missing.await(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
        return all.stream()
                .map(ManagedTunnel::status)
                .filter(status -> !status.isLive())
                .toList();
    }

    /** Closes all tunnels at the same time, so within the 5 s that one may take; idempotent. Not for their listeners. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /** The same, but gives established connections so long to end by themselves. */
    public void close(Duration drain) {
        List<ManagedTunnel> all;
        synchronized (tunnels) {
            closed = true;
            all = tunnels();
        }
        List<Thread> closers = new ArrayList<>();
        for (ManagedTunnel tunnel : all) {
            Thread closer = new Thread(() -> tunnel.close(drain), "tunnel-" + tunnel.name() + "-close");
            closer.setDaemon(true);
            closer.start();
            closers.add(closer);
        }
        boolean interrupted = false;
        for (Thread closer : closers) {
            interrupted |= join(closer);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits all the same when it is interrupted, since closing is bounded, and tells that. */
    private static boolean join(Thread closer) {
        boolean interrupted = false;
        while (closer.isAlive()) {
            try {
                closer.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    @Override
    public String toString() {
        return status().toString();
    }
}
