package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import java.io.Serial;

/** A required tunnel of the properties could not be opened; adds to the failure which one. */
final class TunnelOpenException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String tunnel;

    TunnelOpenException(TunnelSpec spec, TunnelException cause) {
        super("tunnel '" + spec.name() + "' can't be opened: " + cause.getMessage(), cause);
        tunnel = spec.name();
    }

    /** The tunnel's name. */
    String tunnel() {
        return tunnel;
    }
}
