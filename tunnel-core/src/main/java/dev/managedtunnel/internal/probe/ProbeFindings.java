package dev.managedtunnel.internal.probe;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one probe of a tunnel has found out, over all sessions. Inside the serial executor only, but for {@link #status}. */
final class ProbeFindings {
    private final String probe;
    private final ProbeMeans means;
    private @Nullable TunnelException why;
    private long failingSinceNanos;
    private volatile TunnelStatus.Probed status;

    ProbeFindings(String probe, ProbeMeans means) {
        this.probe = probe;
        this.means = means;
        status = new TunnelStatus.Probed(probe, true, means.scheduler().now(), null, null, null, 0, 0);
    }

    /** Any thread. */
    TunnelStatus.Probed status() {
        return status;
    }

    /** Why it fails; null while it is healthy. */
    @Nullable
    TunnelException why() {
        return why;
    }

    /**
     * One more result.
     *
     * @param healthy whether the probe is, with this result
     * @param window of the session that it is of
     */
    void add(boolean healthy, ProbeWindow window, @Nullable Throwable failure, @Nullable Duration took) {
        TunnelStatus.Probed before = status;
        boolean changed = healthy != before.isHealthy();
        status = new TunnelStatus.Probed(
                probe,
                healthy,
                changed ? means.scheduler().now() : before.since(),
                means.scheduler().now(),
                failure == null ? null : text(failure),
                took == null ? before.roundTrip().orElse(null) : took,
                before.good() + (failure == null ? 1 : 0),
                before.failed() + (failure == null ? 0 : 1));
        long now = means.scheduler().nanoTime();
        if (changed && !healthy) {
            failingSinceNanos = now;
            TunnelException cause = exception("fails", window, failure);
            why = cause;
            means.listener().failed(probe, cause);
        } else if (changed) {
            why = null;
            means.listener().recovered(probe, Duration.ofNanos(now - failingSinceNanos));
        }
    }

    TunnelException exception(String does, ProbeWindow window, @Nullable Throwable failure) {
        return new TunnelException(
                FailureReason.PROBE_FAILED,
                "probe " + probe + " " + does + ": " + window.failures() + " of the last " + window.size()
                        + " checks failed, the last one: " + text(failure),
                failure);
    }

    /** One line, whatever a driver has to say. */
    static String text(@Nullable Throwable failure) {
        String message = failure == null ? null : failure.getMessage();
        return (message == null ? String.valueOf(failure) : message).replaceAll("\\p{Cntrl}+", " ");
    }
}
