package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSchAlgoNegoFailException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.JSchRevokedHostKeyException;
import com.jcraft.jsch.JSchSessionDisconnectException;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.time.Durations;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns whatever ends one start, or the session that came of it, into a {@link TunnelException}: the reason, and a text
 * that says what failed, where, in which start and after how long. JSch's own exceptions say little, since it wraps or
 * swallows what it meets; so the phase, the wire and the log are asked first. Thread-safe.
 */
final class Failures {
    private static final int TOO_MANY_FAILURES = 2;
    private static final int NO_MORE_METHODS = 14;
    /** What OpenSSH says instead of its banner: for MaxStartups, and for PerSourcePenalties. */
    private static final Pattern TURNED_AWAY = Pattern.compile("^(Exceeded MaxStartups|Not allowed at this time)");

    private static final Pattern OFFERED = Pattern.compile("Auth (?:fail|cancel) for methods '(.*)'");

    private final String peer;
    private final Dialler dialler;
    private final long number;
    private final Phases phases;
    private final Wire wire;
    private final JschLog log;

    /** @param peer what it is about, as texts name it */
    Failures(String peer, Dialler dialler, long number, Phases phases, Wire wire, JschLog log) {
        this.peer = peer;
        this.dialler = dialler;
        this.number = number;
        this.phases = phases;
        this.wire = wire;
        this.log = log;
    }

    TunnelException cancelled() {
        return start(FailureReason.CLOSED, "stopped connecting to", "cancelled", null);
    }

    /**
     * The deadline of the whole start is over.
     *
     * @param asked who of our own side is being asked; empty for nobody
     */
    TunnelException timedOut(Duration deadline, String asked) {
        String within = " within " + Durations.text(deadline);
        StartPhase phase = phases.current();
        if (!asked.isEmpty()) {
            return start(
                    FailureReason.CONNECT_TIMEOUT, what(StartPhase.AUTH), asked + " gave no answer" + within, null);
        }
        if (phase == null) {
            String why = "reading the credentials was not done" + within;
            return start(FailureReason.CONNECT_TIMEOUT, "cannot log in to", why, null);
        }
        return switch (phase) {
            case RESOLVE ->
                start(
                        FailureReason.CONNECT_TIMEOUT,
                        what(phase),
                        "the name service gave no answer for " + dialler.host() + within,
                        null);
            case CONNECT -> start(FailureReason.CONNECT_TIMEOUT, what(phase), dialler.tell("no answer" + within), null);
            case BANNER -> {
                String sent = wire.banner().excerpt();
                String instead = sent.isEmpty() ? "" : ", but '" + sent + "'";
                String why = "it accepted the connection but sent no SSH banner" + within + instead;
                yield start(FailureReason.NOT_SSH, what(phase), why, null);
            }
            case KEX -> start(FailureReason.KEX_FAILED, what(phase), "not done" + within, null);
            case AUTH -> start(FailureReason.CONNECT_TIMEOUT, what(phase), "not done" + within, null);
        };
    }

    /**
     * The start failed by itself.
     *
     * @param tried what was tried to log in with
     */
    TunnelException startFailed(Throwable failure, String tried) {
        StartPhase phase = phases.current();
        StartFailure known = find(failure, StartFailure.class);
        if (known != null) {
            boolean login = known.reason() == FailureReason.AUTH_REJECTED && phase == StartPhase.AUTH;
            String why = known.why() + (login ? "; tried " + tried : "");
            return start(known.reason(), what(known.reason(), phase), why, known.getCause());
        }
        TunnelException hop = wire.hopLost();
        if (hop != null) {
            return start(hop.reason(), what(phase), hop.detail(), hop);
        }
        JSchSessionDisconnectException disconnect = find(failure, JSchSessionDisconnectException.class);
        if (disconnect == null) {
            disconnect = log.disconnect();
        }
        if (disconnect != null && phase != null) {
            return start(reason(disconnect, phase), what(phase), text(disconnect), disconnect);
        }
        if (phase == null) {
            return start(FailureReason.KEY_UNREADABLE, "cannot log in to", "unexpected " + failure, failure);
        }
        return switch (phase) {
            case RESOLVE -> start(FailureReason.UNKNOWN_HOST, what(phase), unknownHost(failure), failure);
            case CONNECT -> connectFailed(failure);
            case BANNER -> noBanner(failure);
            case KEX -> kexFailed(failure);
            case AUTH -> authFailed(failure, tried);
        };
    }

    private String unknownHost(Throwable failure) {
        UnknownHostException unknown = find(failure, UnknownHostException.class);
        String text = unknown == null ? null : unknown.getMessage();
        return "no address found for " + (text == null ? dialler.host() : text);
    }

    private TunnelException connectFailed(Throwable failure) {
        IOException cause = find(failure, IOException.class);
        String text = cause == null ? failure.toString() : String.valueOf(cause.getMessage());
        if (text.contains("reset") && dialler instanceof Connector) {
            // It had accepted: the reset was there before connect() could return.
            return noBanner(failure);
        }
        FailureReason reason;
        if (text.contains("refused")) {
            reason = FailureReason.CONNECT_REFUSED;
        } else if (cause instanceof SocketTimeoutException
                || (cause instanceof ConnectException && text.contains("timed out"))) {
            reason = FailureReason.CONNECT_TIMEOUT;
        } else {
            reason = FailureReason.UNREACHABLE;
        }
        return start(reason, what(StartPhase.CONNECT), dialler.tell(text), failure);
    }

    private TunnelException noBanner(Throwable failure) {
        String sent = wire.banner().excerpt();
        if (TURNED_AWAY.matcher(sent).find()) {
            return start(FailureReason.DISCONNECTED, "turned away by", "'" + sent + "'", failure);
        }
        String why = sent.isEmpty()
                ? "it accepted the connection and ended it without an SSH banner"
                : "it sent no SSH banner, but '" + sent + "'";
        return start(FailureReason.NOT_SSH, what(StartPhase.BANNER), why, failure);
    }

    private TunnelException kexFailed(Throwable failure) {
        JSchAlgoNegoFailException none = find(failure, JSchAlgoNegoFailException.class);
        if (none != null) {
            String why = SessionConfig.explain(none);
            return start(FailureReason.NO_COMMON_ALGORITHM, what(StartPhase.KEX), why, failure);
        }
        if (SessionConfig.isLacking(failure)) {
            String why = SessionConfig.lacking(failure);
            return start(FailureReason.NO_COMMON_ALGORITHM, what(StartPhase.KEX), why, failure);
        }
        JSchHostKeyException hostKey = find(failure, JSchHostKeyException.class);
        if (hostKey != null) {
            FailureReason reason = hostKey instanceof JSchRevokedHostKeyException
                    ? FailureReason.HOST_KEY_REVOKED
                    : FailureReason.HOST_KEY_UNKNOWN;
            return start(
                    reason, what(reason, StartPhase.KEX), Text.oneLine(String.valueOf(hostKey.getMessage())), failure);
        }
        return start(FailureReason.KEX_FAILED, what(StartPhase.KEX), ending(failure), failure);
    }

    /** JSch says "Auth fail" too when the connection broke meanwhile; that is no verdict of the server. */
    private TunnelException authFailed(Throwable failure, String tried) {
        Matcher offered = OFFERED.matcher(String.valueOf(failure.getMessage()));
        if (wire.end() == null && offered.find()) {
            String why = "it accepts " + Text.oneLine(offered.group(1)) + "; tried " + tried;
            return start(FailureReason.AUTH_REJECTED, what(StartPhase.AUTH), why, failure);
        }
        return start(FailureReason.CONNECTION_LOST, what(StartPhase.AUTH), ending(failure), failure);
    }

    /** OpenSSH ends a login after too many failures with a message, not with a failure. */
    private static FailureReason reason(JSchSessionDisconnectException disconnect, StartPhase phase) {
        int code = disconnect.getReasonCode();
        boolean rejected = phase == StartPhase.AUTH
                && (code == NO_MORE_METHODS
                        || (code == TOO_MANY_FAILURES
                                && String.valueOf(disconnect.getDescription()).contains("authentication")));
        return rejected ? FailureReason.AUTH_REJECTED : FailureReason.DISCONNECTED;
    }

    private static String text(JSchSessionDisconnectException disconnect) {
        return "the server disconnected: '" + Text.oneLine(String.valueOf(disconnect.getDescription())) + "' (code "
                + disconnect.getReasonCode() + ")";
    }

    /**
     * A session that was up ended without our doing.
     *
     * @param error what ended the reader, when it was not JSch that caught it
     */
    TunnelException lost(@Nullable Throwable error, Duration up) {
        TunnelException hop = wire.hopLost();
        if (hop != null) {
            return lost(hop.reason(), hop.detail(), up, hop);
        }
        JSchSessionDisconnectException disconnect = log.disconnect();
        if (disconnect != null) {
            return lost(FailureReason.DISCONNECTED, text(disconnect), up, disconnect);
        }
        Throwable cause = error == null ? log.swallowed() : error;
        String why = wire.end() != null || cause == null ? ending(null) : ending(cause);
        return lost(FailureReason.CONNECTION_LOST, why, up, cause);
    }

    /**
     * @param silence how long no byte was received
     * @param also another hop, on the way, that is silent too
     */
    TunnelException dead(String silence, Duration up, @Nullable Hop also) {
        String why = silence + (also == null ? "" : ", nor from " + also.name() + " on the way");
        return lost(FailureReason.KEEPALIVE_TIMEOUT, why, up, null);
    }

    private String ending(@Nullable Throwable failure) {
        String end = wire.end();
        if (end != null) {
            return end;
        }
        if (failure == null) {
            return "ended";
        }
        String message = failure instanceof JSchException ? failure.getMessage() : failure.toString();
        return Text.oneLine(message == null ? failure.toString() : message);
    }

    private TunnelException start(FailureReason reason, String what, String why, @Nullable Throwable cause) {
        return new TunnelException(reason, what + where(Durations.text(phases.elapsed())) + ": " + why, cause);
    }

    private TunnelException lost(FailureReason reason, String why, Duration up, @Nullable Throwable cause) {
        return new TunnelException(
                reason, "lost the session to" + where("up " + Durations.text(up)) + ": " + why, cause);
    }

    private String where(String time) {
        return " " + peer + " (start " + number + ", " + time + ")";
    }

    private static String what(@Nullable StartPhase phase) {
        if (phase == null) {
            return "cannot log in to";
        }
        return switch (phase) {
            case RESOLVE, CONNECT -> "cannot connect to";
            case BANNER -> "no SSH server at";
            case KEX -> "cannot exchange keys with";
            case AUTH -> "cannot log in to";
        };
    }

    private static String what(FailureReason reason, @Nullable StartPhase phase) {
        return switch (reason) {
            case HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_KEY_REVOKED -> "cannot trust";
            default -> what(phase);
        };
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }
}
