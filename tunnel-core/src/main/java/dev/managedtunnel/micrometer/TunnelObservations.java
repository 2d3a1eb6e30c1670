package dev.managedtunnel.micrometer;

import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelListener;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Observes session starts, as spans and whatever else the handlers of an {@link ObservationRegistry} make of it: one
 * observation {@code tunnel.session.start} each, from its beginning until it is up, has failed (with the {@link
 * TunnelException} as its error) or the tunnel ends. Its keys are in {@code docs/metrics.md}; a {@link
 * GlobalObservationConvention} for {@link SessionStartContext} changes them.
 *
 * <p>It is a listener: {@code TunnelSpec.builder(…).listener(new TunnelObservations(registry))} observes the first start too,
 * {@code tunnel.addListener(…)} those that begin from then on. Observations have no parent, and they are as punctual as the
 * tunnel's other listeners let them be. Nothing is left open when the tunnel has ended.
 *
 * <p>Needs {@code micrometer-observation}, which comes with {@code micrometer-core} and which the library does not bring
 * along. Thread-safe; one may serve several tunnels, if their names differ.
 */
public final class TunnelObservations implements TunnelListener {
    private static final SessionStartConvention CONVENTION = new SessionStartConvention();

    private final ObservationRegistry registry;
    private final Map<Start, Observed> underWay = new ConcurrentHashMap<>();

    /** Tells this registry. */
    public TunnelObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void onEvent(TunnelEvent event) {
        if (event instanceof TunnelEvent.StartBegan began) {
            begin(began);
        } else if (event instanceof TunnelEvent.StartSucceeded succeeded) {
            end(new Start(succeeded.tunnel(), succeeded.start()), "up", null);
        } else if (event instanceof TunnelEvent.StartFailed failed) {
            end(new Start(failed.tunnel(), failed.start()), "failed", failed.cause());
        } else if (event instanceof TunnelEvent.StateChanged changed
                && changed.to().isFinal()) {
            underWay.keySet().stream()
                    .filter(start -> start.tunnel.equals(changed.tunnel()))
                    .forEach(start -> end(start, "cancelled", null));
        }
    }

    private void begin(TunnelEvent.StartBegan began) {
        SessionStartContext context = new SessionStartContext(began.tunnel(), began.gateway(), began.start());
        Observation observation = Observation.createNotStarted(null, CONVENTION, () -> context, registry);
        underWay.put(new Start(began.tunnel(), began.start()), new Observed(observation, context));
        observation.start();
    }

    /** Does nothing when it began before this was a listener. */
    private void end(Start start, String outcome, @Nullable TunnelException failure) {
        Observed over = underWay.remove(start);
        if (over == null) {
            return;
        }
        over.context.ended(outcome, failure);
        if (failure != null) {
            over.observation.error(failure);
        }
        over.observation.stop();
    }

    private record Start(String tunnel, long number) {}

    private record Observed(Observation observation, SessionStartContext context) {}
}
