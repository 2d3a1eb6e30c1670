package dev.managedtunnel.examples.benchmarks.load;

import java.util.Map;

/** All loads by name, for one client at a time. A command is a load's name and its settings. */
public final class Loads {
    private final Map<String, Load> loads;

    /** Loads that nothing has been done with. */
    public Loads() {
        IdleConnections idle = new IdleConnections();
        loads = Map.of(
                "up", Transfers::up,
                "down", Transfers::down,
                "both", Transfers::both,
                "ping", Messages::ping,
                "push", Messages::push,
                "stalled", Messages::besideStalledReader,
                "connections", ShortConnections::run,
                "hold", idle::hold,
                "release", idle::release);
    }

    /**
     * Runs one load.
     *
     * @param command {@code name setting=number setting=number}
     * @return the answer: {@code ok} and the figures, or {@code failed} and why
     */
    public String answer(Connector tunnel, String command) {
        String[] parts = command.split(" ", 2);
        Load load = loads.get(parts[0]);
        if (load == null) {
            return "failed there is no load '" + parts[0] + "', only " + loads.keySet();
        }
        try {
            return "ok " + load.run(tunnel, Figures.parse(parts.length > 1 ? parts[1] : ""));
        } catch (Exception e) {
            return "failed "
                    + String.valueOf(e.getMessage() == null ? e : e.getMessage())
                            .replaceAll("\\s+", " ");
        }
    }
}
