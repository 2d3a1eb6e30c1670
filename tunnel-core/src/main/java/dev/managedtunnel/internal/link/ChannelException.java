package dev.managedtunnel.internal.link;

import java.io.IOException;
import java.io.Serial;
import java.util.Locale;

/** Why a channel could not be opened. */
public final class ChannelException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What it means for the connection. */
    public enum Kind {
        /** The session ended first: nothing was sent, another session may serve it. */
        LINK_DOWN,
        /** The gateway does not allow to connect to the target. */
        PROHIBITED,
        /** The gateway could not connect to the target, or would not for another reason. */
        REFUSED,
        /** The gateway gave no answer in time. */
        TIMED_OUT;

        /** The name in lower case. */
        public String tag() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind kind;

    public ChannelException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
