package dev.managedtunnel.examples.app.demo;

import dev.managedtunnel.examples.demoservers.DemoServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Breaks the way to the database, in one way at a time, and mends it. Thread-safe. */
@Component
@Profile(DemoServersInitializer.PROFILE)
public class Faults implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    /** An application event: a fault has begun, or is over. */
    public record Changed() {}

    private final DemoServers servers;
    private final ApplicationEventPublisher events;
    /** The servers are for one thread. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "faults"));

    private final AtomicReference<@Nullable Fault> running = new AtomicReference<>();

    Faults(DemoServers servers, ApplicationEventPublisher events) {
        this.servers = servers;
        this.events = events;
    }

    /** What is broken now. */
    public Optional<Fault> running() {
        return Optional.ofNullable(running.get());
    }

    /**
     * Breaks something, and returns at once.
     *
     * @return false when something is broken already; then nothing is done
     */
    boolean inject(Fault fault) {
        if (!running.compareAndSet(null, fault)) {
            return false;
        }
        LOG.info("demo: {}", fault.inWords());
        thread.execute(() -> {
            begin(fault);
            CompletableFuture.delayedExecutor(fault.lasts().toMillis(), TimeUnit.MILLISECONDS, thread)
                    .execute(() -> end(fault));
        });
        events.publishEvent(new Changed());
        return true;
    }

    private void begin(Fault fault) {
        try {
            switch (fault) {
                case KILL -> servers.cutSession();
                case STOP -> servers.stopSsh();
                case FREEZE -> servers.freezeSsh();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void end(Fault fault) {
        try {
            switch (fault) {
                case KILL -> {}
                case STOP -> servers.startSsh();
                case FREEZE -> servers.thawSsh();
            }
        } catch (IOException e) {
            LOG.error("demo: the SSH server can't be started again: {}", e.getMessage());
        } finally {
            running.set(null);
            events.publishEvent(new Changed());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
