package dev.managedtunnel.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * A forward: one of local, remote, dynamic and option. An entry that is a text alone is a local target, or an option.
 *
 * @param name The forward's name in logs, metrics and 'ManagedTunnel.address'. Default: its target.
 * @param local A target as the gateway sees it, as host:port or the path of a Unix domain socket: ssh -L.
 * @param remote A target as this machine sees it, for connections to the gateway: ssh -R.
 * @param dynamic Whether it is a SOCKS proxy: ssh -D.
 * @param option The forward as an option of OpenSSH, such as '-L 15432:db.internal:5432'.
 * @param listenOn Where it listens: a port (of 127.0.0.1, or of the gateway's loopback address), host:port, the path of a
 *     Unix domain socket, or 'in-process' for no listener at all. Default: any free port.
 */
record ForwardProperties(
        @Nullable String name,
        @Nullable String local,
        @Nullable String remote,
        @Nullable Boolean dynamic,
        @Nullable String option,
        @Nullable String listenOn) {

    /** What Spring's binder calls where the entry is a text. */
    public static ForwardProperties valueOf(String text) {
        return text.startsWith("-")
                ? new ForwardProperties(null, null, null, null, text, null)
                : new ForwardProperties(null, text, null, null, null, null);
    }
}
