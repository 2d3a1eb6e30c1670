package dev.managedtunnel.internal.jfr;

import dev.managedtunnel.internal.status.Recorder;
import java.util.Optional;

/** The way in, which loads nothing of {@code jdk.jfr} where that is missing. */
public final class Flight {
    private Flight() {}

    /**
     * A recorder for one tunnel.
     *
     * @return empty in a run-time image without the module {@code jdk.jfr}, and on a module path that does not resolve it
     */
    public static Optional<Recorder> recorder(String tunnel) {
        boolean there = ModuleLayer.boot()
                .findModule("jdk.jfr")
                .filter(Flight.class.getModule()::canRead)
                .isPresent();
        return there ? Optional.of(new JfrRecorder(tunnel)) : Optional.empty();
    }
}
