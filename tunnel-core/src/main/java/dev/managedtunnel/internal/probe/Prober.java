package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Probe;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.Link;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A tunnel's probes. Inside the serial executor only, but for {@link #statuses} and {@link #close}. */
public final class Prober {
    private final ProbeMeans means;
    private final List<ProbeRounds> probes;
    private boolean closed;

    public Prober(List<Probe> probes, ProbeMeans means) {
        this.means = means;
        this.probes =
                probes.stream().map(probe -> new ProbeRounds(probe, means)).toList();
    }

    /** A session takes connections: it is probed until {@link #down}, or its end. */
    public void up(Link link) {
        if (!closed && !probes.isEmpty()) {
            probes.forEach(probe -> probe.up(link));
            link.lost().thenAccept(why -> means.serial().execute(() -> down(link)));
        }
    }

    /** It takes none any more. What was found out stays until there is news. Without effect when it is not known. */
    public void down(Link link) {
        probes.forEach(probe -> probe.down(link));
    }

    /**
     * Makes one check of each probe on a session that takes no connections. It is in no probe's figures.
     *
     * @return what fails, for people, or null; does not complete when the session ends before
     */
    public CompletionStage<@Nullable String> tryOut(Link link) {
        CompletableFuture<@Nullable String> failure = CompletableFuture.completedFuture(null);
        if (closed || probes.isEmpty()) {
            return failure;
        }
        for (ProbeRounds probe : probes) {
            failure = failure.thenCombine(probe.tryOut(link), (one, other) -> one == null ? other : one);
        }
        link.lost().thenAccept(why -> means.serial().execute(() -> down(link)));
        return failure;
    }

    /** Why the first of those that fail does so; null when none does. */
    public @Nullable TunnelException failing() {
        return probes.stream()
                .map(probe -> probe.findings().why())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** What each has found out, in the order of the specification. Any thread. */
    public List<TunnelStatus.Probed> statuses() {
        return probes.stream().map(probe -> probe.findings().status()).toList();
    }

    /** Cuts what runs and begins nothing more. Any thread; returns at once. */
    public void close() {
        means.serial().execute(() -> {
            closed = true;
            probes.forEach(ProbeRounds::close);
        });
    }
}
