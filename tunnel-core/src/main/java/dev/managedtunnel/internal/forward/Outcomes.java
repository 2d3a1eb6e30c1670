package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.internal.time.Scheduler;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Counts, tells and logs how connections end. Loop only. */
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

    /** What clients suffer from and operators can mend; broken ones are told of by the loss of their session. */
    private static final Set<ConnectionOutcome> WORTH_A_WARNING = Set.of(
            ConnectionOutcome.TARGET_REFUSED,
            ConnectionOutcome.TARGET_TIMEOUT,
            ConnectionOutcome.PARKING_FULL,
            ConnectionOutcome.PARKING_EXPIRED,
            ConnectionOutcome.CLIENT_REFUSED);

    private final String tunnel;
    private final Scheduler scheduler;
    private final Set<ConnectionOutcome> worthAWarning;
    private final Consumer<? super TunnelEvent.ConnectionFailed> events;
    /** Goes with the forward. */
    private final Map<ForwardStats, Map<ConnectionOutcome, QuietTime>> warnings = new WeakHashMap<>();

    Outcomes(String tunnel, Scheduler scheduler, Consumer<? super TunnelEvent.ConnectionFailed> events) {
        this(tunnel, scheduler, WORTH_A_WARNING, events);
    }

    private Outcomes(
            String tunnel,
            Scheduler scheduler,
            Set<ConnectionOutcome> worthAWarning,
            Consumer<? super TunnelEvent.ConnectionFailed> events) {
        this.tunnel = tunnel;
        this.scheduler = scheduler;
        this.worthAWarning = worthAWarning;
        this.events = events;
    }

    /** For connections whose end is nobody's business but theirs: only the log at DEBUG has it. */
    static Outcomes unheard(String tunnel, Scheduler scheduler) {
        return new Outcomes(tunnel, scheduler, Set.of(), event -> {});
    }

    void ended(ForwardStats stats, boolean wasEstablished, ConnectionOutcome outcome, String detail) {
        boolean served = outcome == ConnectionOutcome.SERVED;
        // A client that leaves is no error of the forward.
        boolean error = !served && outcome != ConnectionOutcome.CLIENT_LEFT;
        stats.ended(wasEstablished, outcome, error ? detail : null);
        String forward = stats.forward().name();
        LOG.atLevel(level(stats, outcome)).log("{}: forward {}: {}: {}", tunnel, forward, outcome, detail);
        if (!served) {
            tell(new TunnelEvent.ConnectionFailed(tunnel, scheduler.now(), forward, outcome, detail));
        }
    }

    private Level level(ForwardStats stats, ConnectionOutcome outcome) {
        return worthAWarning.contains(outcome)
                ? warnings.computeIfAbsent(stats, any -> new EnumMap<>(ConnectionOutcome.class))
                        .computeIfAbsent(outcome, any -> new QuietTime(scheduler))
                        .level()
                : Level.DEBUG;
    }

    private void tell(TunnelEvent.ConnectionFailed event) {
        try {
            events.accept(event);
        } catch (RuntimeException bug) {
            LOG.error("{}: could not publish {}", tunnel, event, bug);
        }
    }
}
