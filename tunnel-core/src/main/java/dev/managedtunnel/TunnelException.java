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
        super(message + suffix(reason), cause);
        this.reason = reason;
    }

    /** The same failure, thrown again where somebody waited for it; the first one is the cause. */
    public TunnelException(TunnelException again) {
        super(again.getMessage(), again);
        this.reason = again.reason;
    }

    /** What failed and where, without the remedy. */
    public String detail() {
        String text = String.valueOf(getMessage());
        return text.substring(0, text.length() - suffix(reason).length());
    }

    private static String suffix(FailureReason reason) {
        return "; " + reason.remedy() + " [" + reason + "]";
    }

    /** The class of the failure. */
    public FailureReason reason() {
        return reason;
    }
}
