package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.SystemScheduler;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a tunnel gives its link factory, for tests; closing it cuts every link it started and waits for the threads. */
final class Rig implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(20);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    final SystemScheduler scheduler = SystemScheduler.acquire();
    final String name = "rig" + NUMBER.incrementAndGet();
    final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "tunnel-" + name + "-worker");
        thread.setDaemon(true);
        return thread;
    });
    private final List<LinkStart> starts = new CopyOnWriteArrayList<>();
    private final AtomicInteger startNumber = new AtomicInteger();
    Duration channelDeadline = SOON;
    /** What links know the time by. */
    Scheduler clock = scheduler;

    @Nullable
    JschInternals internals = Objects.requireNonNull(JschInternals.find());

    /** Changes how a server's gateway is reached. */
    UnaryOperator<Gateway> way = UnaryOperator.identity();

    Connector.Resolver resolver = InetAddress::getAllByName;

    TunnelSpec.Builder spec(String host, int port, String user) {
        return TunnelSpec.builder(name)
                .gateway(Gateway.of(user, host, port))
                .hostKeys(HostKeys.insecureAcceptAny())
                .credentials(Credentials.password(() -> "secret".toCharArray()))
                .forward(Forward.local("db.internal", 5432));
    }

    static Gateway gateway(SshServer server) {
        return Gateway.of(server.user(), server.host(), server.port());
    }

    /** A jump host with credentials and host keys of its own. */
    static Gateway jumpHost(SshServer server) {
        return gateway(server)
                .credentials(Credentials.privateKey(server.privateKey()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()));
    }

    /** Logs in with the server's key and pins its host key. */
    TunnelSpec.Builder spec(SshServer server) {
        return TunnelSpec.builder(name)
                .gateway(way.apply(gateway(server)))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                .credentials(Credentials.privateKey(server.privateKey()))
                .forward(Forward.local("db.internal", 5432));
    }

    JschLinkFactory factory(TunnelSpec spec) {
        return new JschLinkFactory(new JschSettings(
                spec,
                clock,
                workers,
                workers,
                resolver,
                channelDeadline,
                internals,
                new ChannelWindow.Budget(16 * 1024 * 1024),
                ConcurrentHashMap.newKeySet()));
    }

    LinkStart start(TunnelSpec spec) {
        LinkStart start = factory(spec).start(spec.gateways().get(0), startNumber.incrementAndGet());
        starts.add(start);
        return start;
    }

    Link connect(TunnelSpec.Builder spec) {
        return await(start(spec.build()));
    }

    Link connect(SshServer server) {
        return connect(spec(server));
    }

    Link connect(SshServer server, UnaryOperator<TunnelSpec.Builder> change) {
        return connect(change.apply(spec(server)));
    }

    /** Starts a session that must fail. */
    TunnelException failure(TunnelSpec.Builder spec) {
        return failure(start(spec.build()));
    }

    static TunnelException failure(LinkStart start) {
        try {
            start.link().toCompletableFuture().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(TunnelException.class);
            return (TunnelException) e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("the session came up");
    }

    static Link await(LinkStart start) {
        try {
            return start.link().toCompletableFuture().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TunnelException known) {
                throw known;
            }
            throw new AssertionError(e.getCause());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static TunnelException lost(Link link) {
        return get(link.lost().toCompletableFuture());
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static TunnelException closing() {
        return new TunnelException(FailureReason.CLOSED, "test over", null);
    }

    static Endpoint tcp(Target target) {
        return new Endpoint.Tcp(target.host(), target.port());
    }

    /** The message with what differs from run to run replaced. */
    static String text(Throwable failure) {
        return failure.getMessage()
                .replaceAll("\\(start (\\d+), (up )?[0-9.]+ (ms|s|min)\\)", "(start $1, $2T)")
                .replaceAll("127\\.0\\.0\\.1:\\d+", "HOST:PORT");
    }

    @Override
    public void close() {
        for (LinkStart start : starts) {
            start.cancel();
            CompletableFuture<Link> link = start.link().toCompletableFuture();
            if (!link.isCompletedExceptionally()) {
                Link up = link.join();
                up.cut(closing());
                lost(up);
            }
        }
        workers.shutdown();
        try {
            assertThat(workers.awaitTermination(SOON.toMillis(), TimeUnit.MILLISECONDS))
                    .as("no worker is stuck")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        scheduler.close();
    }
}
