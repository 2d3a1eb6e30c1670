package dev.managedtunnel.boot.autoconfigure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A check of the whole way: one of connect, echo and echo-loop. An entry that is a text alone is a target to connect to. A
 * check of another kind is added by a 'TunnelSpecCustomizer' bean.
 *
 * @param name The probe's name in status, log and metrics. Default: what it does.
 * @param connect A target to connect to, as the gateway sees it: host:port or the path of a Unix domain socket.
 * @param echo An echo service that gives back what it is sent, as the gateway sees it.
 * @param echoLoop Whether bytes are sent to the gateway and back from there, which tests the session alone.
 * @param every The time from one check to the next. Default 30s.
 * @param timeout How long a check may take. Default 10s.
 * @param failAfter How many of the last checks must have failed for the probe to fail. Default 3.
 * @param window How many last checks are looked back on. Default 5.
 * @param recoverAfter How many checks in a row must be good for it to be healthy again. Default 3.
 * @param restartSession Whether a session on which it fails is ended, so that a new one is started. Default false.
 */
record ProbeProperties(
        @Nullable String name,
        @Nullable String connect,
        @Nullable String echo,
        @Nullable Boolean echoLoop,
        @Nullable Duration every,
        @Nullable Duration timeout,
        @Nullable Integer failAfter,
        @Nullable Integer window,
        @Nullable Integer recoverAfter,
        @Nullable Boolean restartSession) {

    /** What Spring's binder calls where the entry is a text. */
    public static ProbeProperties valueOf(String connect) {
        return new ProbeProperties(null, connect, null, null, null, null, null, null, null, null);
    }
}
