package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A failure that is classified where it happens, on its way through JSch to {@link Failures}. */
final class StartFailure extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final FailureReason reason;
    private final String why;

    /** JSch sends an exception's message to the server when it disconnects: what we know and our paths stay out of it. */
    StartFailure(FailureReason reason, String why, @Nullable Throwable cause) {
        super(reason.name(), cause);
        this.reason = reason;
        this.why = why;
    }

    FailureReason reason() {
        return reason;
    }

    String why() {
        return why;
    }
}
