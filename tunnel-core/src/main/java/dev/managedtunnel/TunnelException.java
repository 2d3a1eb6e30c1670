package dev.managedtunnel;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * What failed, where, and what to do; the original exception is the cause. The reason's name in brackets at the
 * message's end is stable, so tools may match on it.
 */
public final class TunnelException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final FailureReason reason;

    /** For the library and for tests of code that handles it. */
    public TunnelException(FailureReason reason, String message, @Nullable Throwable cause) {
        super(message + "; " + reason.remedy() + " [" + reason + "]", cause);
        this.reason = reason;
    }

    /** The same failure, thrown again where somebody waited for it; the first one is the cause. */
    public TunnelException(TunnelException again) {
        super(again.getMessage(), again);
        this.reason = again.reason;
    }

    /** The class of the failure. */
    public FailureReason reason() {
        return reason;
    }
}
