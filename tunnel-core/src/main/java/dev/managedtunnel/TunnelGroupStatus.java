package dev.managedtunnel;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What there is to know about a {@link TunnelGroup} at one moment. Immutable. */
public final class TunnelGroupStatus {
    /** From the best to the worst. */
    private static final List<TunnelState> ORDER = List.of(
            TunnelState.UP,
            TunnelState.DEGRADED,
            TunnelState.CONNECTING,
            TunnelState.BACKING_OFF,
            TunnelState.FAILED,
            TunnelState.CLOSED);

    private final List<TunnelStatus> tunnels;
    private final Map<TunnelState, Integer> states = new EnumMap<>(TunnelState.class);

    TunnelGroupStatus(List<TunnelStatus> tunnels) {
        this.tunnels = tunnels;
        for (TunnelState state : TunnelState.values()) {
            states.put(state, 0);
        }
        tunnels.forEach(tunnel -> states.merge(tunnel.state(), 1, Integer::sum));
    }

    /** The tunnels, in the order in which they were added. */
    public List<TunnelStatus> tunnels() {
        return tunnels;
    }

    /** How many are in which state; every state is there. */
    public Map<TunnelState, Integer> states() {
        return Collections.unmodifiableMap(states);
    }

    /** The worst state that one is in: from {@code UP} over {@code DEGRADED} to {@code FAILED}; {@code UP} without tunnels. */
    public TunnelState worst() {
        return ORDER.stream()
                .filter(state -> states().getOrDefault(state, 0) > 0)
                .reduce(TunnelState.UP, (better, worse) -> worse);
    }

    /** Whether all are {@linkplain TunnelStatus#isLive() live}. */
    public boolean isLive() {
        return tunnels.stream().allMatch(TunnelStatus::isLive);
    }

    /** Whether all are {@linkplain TunnelStatus#isReady() ready}. */
    public boolean isReady() {
        return tunnels.stream().allMatch(TunnelStatus::isReady);
    }

    /** Those that are not ready. */
    public List<TunnelStatus> notReady() {
        return tunnels.stream().filter(tunnel -> !tunnel.isReady()).toList();
    }

    /** One line for logs and consoles: how many are in which state. */
    @Override
    public String toString() {
        return tunnels.size() + " tunnels"
                + ORDER.stream()
                        .filter(state -> states().getOrDefault(state, 0) > 0)
                        .map(state -> states.get(state) + " " + state)
                        .collect(Collectors.joining(", ", tunnels.isEmpty() ? "" : ": ", ""));
    }
}
