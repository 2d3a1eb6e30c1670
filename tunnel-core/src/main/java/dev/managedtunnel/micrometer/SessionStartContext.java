package dev.managedtunnel.micrometer;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import io.micrometer.observation.Observation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A session start, for observation handlers, predicates, filters and conventions of the application's own. */
public final class SessionStartContext extends Observation.Context {
    private final String tunnel;
    private final Gateway gateway;
    private final long start;
    private volatile String outcome = "pending";
    private volatile @Nullable TunnelException failure;

    SessionStartContext(String tunnel, Gateway gateway, long start) {
        this.tunnel = tunnel;
        this.gateway = gateway;
        this.start = start;
    }

    /** The tunnel's name. */
    public String tunnel() {
        return tunnel;
    }

    /** The gateway that the session is started to. */
    public Gateway gateway() {
        return gateway;
    }

    /** The number of this session start of the tunnel, from 1. */
    public long start() {
        return start;
    }

    /** {@code pending}, then {@code up}, {@code failed}, or {@code cancelled} when the tunnel ended first. */
    public String outcome() {
        return outcome;
    }

    /** Why it failed; empty while it is pending and when it did not. */
    public Optional<TunnelException> failure() {
        return Optional.ofNullable(failure);
    }

    void ended(String how, @Nullable TunnelException why) {
        failure = why;
        outcome = how;
    }
}
