package dev.managedtunnel;

import java.util.Locale;

/**
 * Why a session could not be started, was lost, or a tunnel ended. A reason is permanent when no retry can mend it.
 */
public enum FailureReason {
    /** The gateway's name has no address. */
    UNKNOWN_HOST(false, "check the gateway's name and this machine's name service"),
    /** Nothing listens on the gateway's port. */
    CONNECT_REFUSED(false, "check that the SSH server runs and listens on that port"),
    /** No answer within the connect time-out. */
    CONNECT_TIMEOUT(false, "check the route and firewalls to the gateway, or raise connectTimeout"),
    /** No route to the gateway, or a jump host or proxy on the way does not reach it or forbids it. */
    UNREACHABLE(false, "check the network and the route to the gateway"),
    /** The peer sent no SSH banner, or a wrong one. */
    NOT_SSH(false, "check that host and port are those of an SSH server"),
    /** The key exchange broke off. */
    KEX_FAILED(false, "check the gateway's log; a proxy or firewall may cut SSH"),
    /** Client and server share no algorithm. Permanent. */
    NO_COMMON_ALGORITHM(true, "update the server, or allow one of the algorithms it offers"),
    /** The gateway's host key is in no known_hosts file and no pin. Permanent. */
    HOST_KEY_UNKNOWN(true, "compare the fingerprint with the gateway's administrator, then add the key to known_hosts"),
    /** The gateway shows another host key than the one on file. Permanent. */
    HOST_KEY_CHANGED(true, "find out why it changed before you replace the old key: this is what an attack looks like"),
    /** The gateway's host key is marked as revoked. Permanent. */
    HOST_KEY_REVOKED(true, "do not connect; ask the gateway's administrator for its new key"),
    /** The gateway accepts none of the credentials. Permanent. */
    AUTH_REJECTED(true, "check the user name, and that the key or password is allowed on the gateway"),
    /** A private key is missing, of an unsupported kind, its passphrase is wrong, or the SSH agent has none. Permanent. */
    KEY_UNREADABLE(true, "check the key file, its permissions and its passphrase, or the SSH agent"),
    /** A local listener can't be bound. Permanent. */
    LISTEN_FAILED(true, "choose a free port or path that this user may bind"),
    /** The gateway refused a remote listener. */
    REMOTE_LISTEN_REFUSED(false, "check AllowTcpForwarding and GatewayPorts, and who holds the port on the gateway"),
    /** The gateway ended the session with a message. */
    DISCONNECTED(false, "read the gateway's text and its log"),
    /** The connection to the gateway broke. */
    CONNECTION_LOST(false, "nothing to do if it recovers; else check the network and the gateway"),
    /** The gateway answered none of the keep-alives. */
    KEEPALIVE_TIMEOUT(false, "nothing to do if it recovers; else check the network and the gateway's load"),
    /** A probe that was asked to restart the session failed. */
    PROBE_FAILED(false, "check the probe's target"),
    /** The tunnel, or this session of it, was closed by the application. */
    CLOSED(false, "this was asked for by the application");

    private final boolean permanent;
    private final String remedy;

    FailureReason(boolean permanent, String remedy) {
        this.permanent = permanent;
        this.remedy = remedy;
    }

    /** Whether no retry can mend it, so that it ends a tunnel that has never been up. */
    public boolean isPermanent() {
        return permanent;
    }

    /** What to do about it, in one line. */
    public String remedy() {
        return remedy;
    }

    /** The value of the {@code reason} tag in metrics: the name in lower case. Stable. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
