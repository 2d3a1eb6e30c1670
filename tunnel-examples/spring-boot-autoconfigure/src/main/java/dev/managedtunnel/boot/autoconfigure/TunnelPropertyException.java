package dev.managedtunnel.boot.autoconfigure;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A property of a tunnel that is missing or can't be used. Spring Boot's own exception for this shows the value, which may
 * be a secret here; the reason shows it where that is safe.
 */
final class TunnelPropertyException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String property;
    private final String reason;

    TunnelPropertyException(String property, String reason) {
        this(property, reason, null);
    }

    TunnelPropertyException(String property, String reason, @Nullable Throwable cause) {
        super(property + ": " + reason, cause);
        this.property = property;
        this.reason = reason;
    }

    /** The property's whole name. */
    String property() {
        return property;
    }

    /** What is wrong with it, and what to do. */
    String reason() {
        return reason;
    }
}
