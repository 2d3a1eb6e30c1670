package dev.managedtunnel.internal.status;

import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The lines that operators read: INFO for transitions, WARN for what goes wrong, and during a long outage the same
 * failure only once per quiet time, else DEBUG. Inside the supervisor's serial executor only.
 */
public final class TunnelLog {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedTunnel.class);
    private static final Duration QUIET = Duration.ofMinutes(5);

    private final String tunnel;
    private final Scheduler scheduler;
    /** When each failure and decision of this outage was last told aloud: two that take turns are no news either. */
    private final Map<Object, Long> toldNanos = new HashMap<>();

    public TunnelLog(String tunnel, Scheduler scheduler) {
        this.tunnel = tunnel;
        this.scheduler = scheduler;
    }

    void up(Gateway gateway, long start, Duration took, @Nullable Duration outage) {
        toldNanos.clear();
        LOG.info(
                "{}: up via {} (start {}, {} ms{})",
                tunnel,
                gateway,
                start,
                took.toMillis(),
                outage == null ? "" : ", after " + outage.toMillis() + " ms without");
    }

    void lost(TunnelException cause) {
        Level level = cause.reason() == FailureReason.CLOSED ? Level.INFO : Level.WARN;
        LOG.atLevel(level).log("{}: {}", tunnel, cause.getMessage());
    }

    void replaced(Gateway gateway, Duration age, String why) {
        LOG.info("{}: session to {} replaced after {}: {}", tunnel, gateway, Durations.text(age), why);
    }

    void startFailed(TunnelException cause) {
        LOG.atLevel(isNews(cause.reason()) ? Level.WARN : Level.DEBUG).log("{}: {}", tunnel, cause.getMessage());
    }

    void decided(FailoverStep step, Gateway from, Gateway to, String reason) {
        String what = switch (step) {
            case LEFT -> "leaves " + from + " for " + to;
            case TRYING -> "tries " + to;
            case RELAPSED -> "stays with " + from + ", as " + to + " failed its trial";
            case RETURNED -> "goes back from " + from + " to " + to;
        };
        LOG.atLevel(isNews(what) ? Level.INFO : Level.DEBUG).log("{}: {}: {}", tunnel, what, reason);
    }

    private boolean isNews(Object what) {
        long now = scheduler.nanoTime();
        Long told = toldNanos.get(what);
        boolean news = told == null || now - told >= QUIET.toNanos();
        if (news) {
            toldNanos.put(what, now);
        }
        return news;
    }

    void probeFailed(TunnelException cause) {
        LOG.warn("{}: {}", tunnel, cause.getMessage());
    }

    void probeRecovered(String probe, Duration failing) {
        LOG.info("{}: probe {} is healthy again, after {}", tunnel, probe, Durations.text(failing));
    }

    void retryIn(Duration delay) {
        LOG.debug("{}: next start in {} ms", tunnel, delay.toMillis());
    }

    void gaveUp(TunnelException cause) {
        LOG.error("{}: gave up: {}", tunnel, cause.getMessage());
    }

    void closed() {
        LOG.info("{}: closed", tunnel);
    }
}
