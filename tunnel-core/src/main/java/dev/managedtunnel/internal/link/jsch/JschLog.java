package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSchSessionDisconnectException;
import com.jcraft.jsch.Logger;
import dev.managedtunnel.internal.link.StartPhase;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * JSch's log of one session, at DEBUG and TRACE since nothing in it asks for an operator. It is also the only place
 * where JSch shows some of what it swallows: that keys are exchanged, and the exceptions that end a login or its reader.
 * Thread-safe.
 */
final class JschLog implements Logger {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(JschLog.class);
    private static final String KEYS_EXCHANGED = "SSH_MSG_NEWKEYS received";
    private static final String NEXT_METHOD = "Next authentication method: ";

    private final String tunnel;
    private final Phases phases;
    private final Set<String> methodsTried = Collections.synchronizedSet(new LinkedHashSet<>());
    private volatile @Nullable Throwable swallowed;
    private volatile @Nullable JSchSessionDisconnectException disconnect;

    JschLog(String tunnel, Phases phases) {
        this.tunnel = tunnel;
        this.phases = phases;
    }

    /** From INFO on always, since what we look for comes at INFO. */
    @Override
    public boolean isEnabled(int level) {
        return level > DEBUG || LOG.isTraceEnabled();
    }

    @Override
    public void log(int level, String message) {
        if (message.equals(KEYS_EXCHANGED)) {
            phases.enter(StartPhase.AUTH);
        } else if (message.startsWith(NEXT_METHOD)) {
            methodsTried.add(message.substring(NEXT_METHOD.length()));
        }
        if (level > DEBUG) {
            LOG.debug("{}: jsch: {}", tunnel, Text.oneLine(message));
        } else {
            LOG.trace("{}: jsch: {}", tunnel, Text.oneLine(message));
        }
    }

    @Override
    public void log(int level, String message, @Nullable Throwable cause) {
        log(level, message);
        if (cause == null) {
            return;
        }
        swallowed = cause;
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof JSchSessionDisconnectException sent) {
                disconnect = sent;
            }
        }
    }

    /** The login methods that were tried so far, in their order. */
    Set<String> methodsTried() {
        synchronized (methodsTried) {
            return new LinkedHashSet<>(methodsTried);
        }
    }

    /** What JSch logged last instead of throwing it. */
    @Nullable
    Throwable swallowed() {
        return swallowed;
    }

    /** The server's SSH_MSG_DISCONNECT, if it ended a session that was up or a login. */
    @Nullable
    JSchSessionDisconnectException disconnect() {
        return disconnect;
    }
}
