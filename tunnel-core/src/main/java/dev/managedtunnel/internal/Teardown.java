package dev.managedtunnel.internal;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.internal.forward.Forwarder;
import dev.managedtunnel.internal.probe.Prober;
import dev.managedtunnel.internal.supervise.Supervisor;
import dev.managedtunnel.internal.time.SystemScheduler;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a tunnel apart, once; whoever comes later waits until that is done. Thread-safe. The order is that of {@code
 * docs/concurrency.md}.
 */
final class Teardown {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedTunnel.class);

    /** For all that is left after the drain. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final Prober prober;
    private final Forwarder forwarder;
    private final Supervisor supervisor;
    private final Workers writers;
    private final Workers workers;
    private final SystemScheduler scheduler;

    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);

    Teardown(
            String name,
            Prober prober,
            Forwarder forwarder,
            Supervisor supervisor,
            Workers writers,
            Workers workers,
            SystemScheduler scheduler) {
        this.name = name;
        this.prober = prober;
        this.forwarder = forwarder;
        this.supervisor = supervisor;
        this.writers = writers;
        this.workers = workers;
        this.scheduler = scheduler;
    }

    /** Lets connections end by themselves for so long, then ends what is left. */
    void run(Duration drain) {
        if (!begun.compareAndSet(false, true)) {
            awaitDone();
            return;
        }
        prober.close();
        // An interrupt from before would cut every wait below short, and so leave threads running behind our back.
        boolean interrupted = Thread.interrupted();
        try {
            if (!drain.isZero()) {
                await(forwarder.drain(), System.nanoTime() + drain.toNanos(), "connections are still open and are cut");
            }
            takeApart(System.nanoTime() + TIMEOUT.toNanos());
        } finally {
            done.countDown();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void takeApart(long deadline) {
        CompletionStage<?> sessionGone = supervisor.close();
        forwarder.close();
        await(sessionGone, deadline, "its session has not ended yet");
        writers.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        if (!workers.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
            LOG.warn(
                    "{}: closed, but a listener, a probe or a stage of whenUp() of the application has not returned",
                    name);
        }
        scheduler.close();
    }

    private void await(CompletionStage<?> stage, long deadlineNanos, String otherwise) {
        try {
            stage.toCompletableFuture().get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException late) {
            LOG.warn("{}: on close, {}", name, otherwise);
        }
    }

    private void awaitDone() {
        if (workers.isCurrent()) {
            // A listener that closes what is being closed must not wait for itself.
            return;
        }
        try {
            // The one that closes is bounded, by its drain too.
            done.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
