package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelStatus;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What one forward has done so far, and whether it goes on. Written by the loop, bytes by whoever moves them, read by anyone. Each connection is
 * at every moment either waiting, or active, or counted under its outcome, so their sum never goes back.
 */
final class ForwardStats {
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    private final Forward forward;

    // Guarded by this.
    private @Nullable Endpoint listening;

    private final Map<ConnectionOutcome, Long> outcomes = new EnumMap<>(ConnectionOutcome.class);
    private int waiting;
    private int active;
    private @Nullable String lastError;

    private volatile @Nullable String refusal;

    /** @param listening where, with the real port; null for nowhere, at present or at all */
    ForwardStats(Forward forward, @Nullable Endpoint listening) {
        this.forward = forward;
        this.listening = listening;
        for (ConnectionOutcome outcome : ConnectionOutcome.values()) {
            outcomes.put(outcome, 0L);
        }
    }

    Forward forward() {
        return forward;
    }

    /** Where it listens from now on; null for nowhere. */
    synchronized void listens(@Nullable Endpoint place) {
        listening = place;
    }

    /** Takes no more connections from now on. */
    void refuse(String why) {
        listens(null);
        refusal = why;
    }

    /** Why it takes none; null while it does. */
    @Nullable
    String refusal() {
        return refusal;
    }

    synchronized @Nullable Endpoint listening() {
        return listening;
    }

    synchronized void accepted() {
        waiting++;
    }

    synchronized void established() {
        waiting--;
        active++;
    }

    /** @param error what went wrong; null when nothing did */
    synchronized void ended(boolean wasEstablished, ConnectionOutcome outcome, @Nullable String error) {
        if (wasEstablished) {
            active--;
        } else {
            waiting--;
        }
        outcomes.merge(outcome, 1L, Long::sum);
        if (error != null) {
            lastError = error;
        }
    }

    /** Connections that wait for their channel count as parked, whether or not there is a session to open it. */
    synchronized TunnelStatus.Forwarded snapshot() {
        return new TunnelStatus.Forwarded(
                forward, listening, active, waiting, bytesIn.sum(), bytesOut.sum(), outcomes, lastError);
    }
}
