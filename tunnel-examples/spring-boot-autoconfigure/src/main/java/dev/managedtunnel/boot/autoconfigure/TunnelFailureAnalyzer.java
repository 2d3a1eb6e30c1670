package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.util.StringUtils;

/** Says of a tunnel that could not be opened what failed, and which properties to look at. */
final class TunnelFailureAnalyzer extends AbstractFailureAnalyzer<TunnelException> {
    private static final String OF_ANY = ManagedTunnelProperties.TUNNELS + ".<name>";

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, TunnelException cause) {
        TunnelOpenException opening = findCause(rootFailure, TunnelOpenException.class);
        String description = opening == null
                ? "A tunnel can't be opened: " + cause.detail() + "."
                : "Tunnel '" + opening.tunnel() + "' can't be opened: " + cause.detail() + ".";
        String prefix = opening == null ? OF_ANY : ManagedTunnelProperties.prefixOf(opening.tunnel());
        return new FailureAnalysis(description, action(cause.reason(), prefix), cause);
    }

    private static String action(FailureReason reason, String prefix) {
        return StringUtils.capitalize(reason.remedy()) + ". " + properties(reason, prefix)
                + (mayRecover(reason) ? " " + inTheBackground(prefix) : "");
    }

    private static String properties(FailureReason reason, String prefix) {
        return switch (reason) {
            case UNKNOWN_HOST, CONNECT_REFUSED, UNREACHABLE, NOT_SSH, KEX_FAILED, DISCONNECTED, CONNECTION_LOST ->
                "The gateway is set by '" + prefix + ".gateway'.";
            case CONNECT_TIMEOUT ->
                "The gateway is set by '" + prefix + ".gateway', the time by '" + prefix + ".connect-timeout'.";
            case KEEPALIVE_TIMEOUT -> "The interval is set by '" + prefix + ".keep-alive.interval'.";
            case NO_COMMON_ALGORITHM -> "They are set by '" + prefix + ".algorithms'.";
            case HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_KEY_REVOKED ->
                "Name another file with '" + prefix + ".host-keys.known-hosts', or the key's fingerprint with '"
                        + prefix + ".host-keys.pinned'.";
            case AUTH_REJECTED ->
                "The user is set by '" + prefix + ".gateway', what it logs in with by '" + prefix + ".credentials'.";
            case KEY_UNREADABLE ->
                "The key is set by '" + prefix + ".credentials.private-key', its passphrase by '" + prefix
                        + ".credentials.passphrase'.";
            case LISTEN_FAILED, REMOTE_LISTEN_REFUSED -> "It is set by 'listen-on' in '" + prefix + ".forwards'.";
            case PROBE_FAILED -> "It is set in '" + prefix + ".probes'.";
            default -> "The tunnel's properties begin with '" + prefix + "'.";
        };
    }

    /** Whether the application could just as well start, and wait for the gateway then. */
    private static boolean mayRecover(FailureReason reason) {
        return !reason.isPermanent() && reason != FailureReason.CLOSED;
    }

    private static String inTheBackground(String prefix) {
        return "To let the application start without the tunnel, set '" + prefix + ".required' to false.";
    }
}
