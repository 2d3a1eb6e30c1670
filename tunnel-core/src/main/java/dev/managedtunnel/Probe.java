package dev.managedtunnel;

import java.io.IOException;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/**
 * A check of the whole way, from this machine through a session to what it is for: autossh's {@code -M}. It runs while a
 * session is up, on each session, and opens connections of its own, which appear in no forward's figures.
 *
 * <p>A probe <em>fails</em> when {@link #failAfter} so many of its last checks failed, and is healthy again after {@link
 * #recoverAfter} so many good ones in a row. While one fails the tunnel is {@link TunnelState#DEGRADED} instead of {@link
 * TunnelState#UP} and not {@linkplain TunnelStatus#isReady() ready}; connections are served as ever. With several gateways
 * it may move the tunnel to another one ({@link FailoverPolicy}), and runs on sessions on trial too. What failed since its
 * session was lost does not count. Immutable; the methods that change something return changed copies.
 *
 * <pre>{@code
 * .probe(Probe.connect("db.internal", 5432))
 * .probe(Probe.of("orders", tunnel -> {
 *     try (Connection connection = DriverManager.getConnection(url)) {
 *         if (!connection.isValid(5)) {
 *             throw new SQLException("the connection is not valid");
 *         }
 *     }
 * }).every(Duration.ofMinutes(1)))
 * }</pre>
 */
public final class Probe {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final int MOST_RESULTS = 100;
    private static final int LEAST_TO_RESTART = 2;
    private static final int ECHO_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String name;
    private final Check check;
    private Duration interval = Duration.ofSeconds(30);
    private Duration timeout = Duration.ofSeconds(10);
    private int failures = 3;
    private int window = 5;
    private int recovery = 3;
    private boolean restarts;

    /** What a probe does each time. */
    @FunctionalInterface
    public interface Check {
        /**
         * Returns when all is well and throws when not. Called on a thread that may block, never twice at a time for one
         * probe of a tunnel. When the probe's timeout is over, or its session is lost, the thread is interrupted and what
         * was opened by {@code tunnel} is closed; a check that goes on all the same holds up the next one, and every
         * interval in which it does counts as failed.
         */
        void run(ProbeContext tunnel) throws Exception;
    }

    private Probe(String name, Check check) {
        this.name = Checks.text("probe name", name);
        this.check = Objects.requireNonNull(check, "check");
    }

    /**
     * Connects to a TCP target as the gateway sees it, and hangs up. Named {@code connect host:port}.
     *
     * @throws IllegalArgumentException when the host is no host or the port not 1 to 65535
     */
    public static Probe connect(String host, int port) {
        return connect(Endpoint.tcp(host, port));
    }

    /** The same for any target. */
    public static Probe connect(Endpoint target) {
        return new Probe(
                "connect " + Endpoint.requireTarget(target),
                tunnel -> tunnel.connect(target).close());
    }

    /**
     * Sends random bytes to an echo service, as the gateway sees it, and expects them back: autossh's {@code -M
     * port:echo}. Named {@code echo host:port}.
     *
     * @throws IllegalArgumentException when the host is no host or the port not 1 to 65535
     */
    public static Probe echo(String host, int port) {
        return echo(Endpoint.tcp(host, port));
    }

    /** The same for any target. */
    public static Probe echo(Endpoint target) {
        return new Probe("echo " + Endpoint.requireTarget(target), tunnel -> echo(tunnel, target));
    }

    /**
     * Sends random bytes through the session to a port of the gateway's loopback address, from where a remote forward
     * brings them back here: autossh's {@code -M port}, without a port to choose. It needs no target, and so tests the
     * session alone. The server must allow both ways ({@code AllowTcpForwarding yes}; {@code PermitListen} and {@code
     * PermitOpen}, where there are any, for {@code localhost:*}); where it refuses the listener, the probe fails and the
     * session start does not. Named {@code echo-loop}.
     */
    public static Probe echoLoop() {
        return new Probe("echo-loop", tunnel -> echo(tunnel, tunnel.echoLoop()));
    }

    /**
     * Any check, such as a JDBC driver's {@code isValid}.
     *
     * @param name for status, log and metrics
     * @throws IllegalArgumentException when the name is empty or holds control characters
     */
    public static Probe of(String name, Check check) {
        return new Probe(name, check);
    }

    private static void echo(ProbeContext tunnel, Endpoint target) throws IOException {
        byte[] sent = new byte[ECHO_BYTES];
        RANDOM.nextBytes(sent);
        try (Socket socket = tunnel.connect(target)) {
            socket.getOutputStream().write(sent);
            byte[] back = socket.getInputStream().readNBytes(sent.length);
            if (!Arrays.equals(sent, back)) {
                throw new IOException(target + " is no echo service: of " + sent.length + " bytes "
                        + (back.length == sent.length ? "others" : "only " + back.length) + " came back");
            }
        }
    }

    private Probe copy(String newName) {
        Probe copy = new Probe(newName, check);
        copy.interval = interval;
        copy.timeout = timeout;
        copy.failures = failures;
        copy.window = window;
        copy.recovery = recovery;
        copy.restarts = restarts;
        return copy;
    }

    /**
     * The same probe under another name.
     *
     * @throws IllegalArgumentException when the name is empty or holds control characters
     */
    public Probe named(String newName) {
        return copy(newName);
    }

    /**
     * The time from the beginning of a check to that of the next, varied by 10 % either way so that many tunnels do not
     * check at once: AUTOSSH_POLL. The first follows within a tenth of it when a session comes up. Default 30 s.
     *
     * @throws IllegalArgumentException when it is shorter than 100 ms or longer than a day
     */
    public Probe every(Duration time) {
        Probe copy = copy(name);
        copy.interval = Checks.range("probe interval", time, SHORTEST, LONGEST);
        return copy;
    }

    /**
     * How long a check may take; then it is cut and has failed. Default 10 s.
     *
     * @throws IllegalArgumentException when it is shorter than 100 ms or longer than a day
     */
    public Probe timeout(Duration time) {
        Probe copy = copy(name);
        copy.timeout = Checks.range("probe timeout", time, SHORTEST, LONGEST);
        return copy;
    }

    /**
     * How many of how many last checks on a session must have failed for the probe to fail. Default 3 of 5.
     *
     * @throws IllegalArgumentException when {@code of} is not 1 to 100, {@code count} is not 1 to {@code of}, or is 1 for
     *     a probe that restarts the session
     */
    public Probe failAfter(int count, int of) {
        Probe copy = copy(name);
        copy.window = Checks.range("probe failAfter of", of, 1, MOST_RESULTS);
        copy.failures = Checks.range("probe failAfter", count, 1, of);
        return copy.checked();
    }

    /**
     * How many checks in a row must be good for a probe that failed to be healthy again. Default 3.
     *
     * @throws IllegalArgumentException when it is not 1 to 100
     */
    public Probe recoverAfter(int count) {
        Probe copy = copy(name);
        copy.recovery = Checks.range("probe recoverAfter", count, 1, MOST_RESULTS);
        return copy;
    }

    /**
     * Ends a session on which the probe fails, with {@link FailureReason#PROBE_FAILED}, so that the next one is started
     * as after any loss, by the {@link RestartPolicy}. Its established connections end with a RST. Only what failed on
     * that session counts, so a new one has {@link #failAfter} so many checks before it; each time that this did not help,
     * it has twice as many, up to 32 times. For when the session may be what is broken: a target that is down is not mended
     * by it. Default: not.
     *
     * @throws IllegalArgumentException when a single failed check would do ({@code failAfter(1, ...)})
     */
    public Probe restartSession() {
        Probe copy = copy(name);
        copy.restarts = true;
        return copy.checked();
    }

    private Probe checked() {
        if (restarts && failures < LEAST_TO_RESTART) {
            throw Checks.bad(
                    "probe failAfter",
                    failures,
                    "with restartSession would end a session for a single failed check; give " + LEAST_TO_RESTART
                            + " or more, or leave out restartSession");
        }
        return this;
    }

    /** The probe's name in its tunnel. */
    public String name() {
        return name;
    }

    /** What it does each time. */
    public Check check() {
        return check;
    }

    /** See {@link #every(Duration)}. */
    public Duration interval() {
        return interval;
    }

    /** See {@link #timeout(Duration)}. */
    public Duration timeout() {
        return timeout;
    }

    /** How many of the last {@link #window()} checks must have failed. */
    public int failures() {
        return failures;
    }

    /** How many checks are looked back on. */
    public int window() {
        return window;
    }

    /** See {@link #recoverAfter(int)}. */
    public int recovery() {
        return recovery;
    }

    /** See {@link #restartSession()}. */
    public boolean restartsSession() {
        return restarts;
    }

    @Override
    public String toString() {
        return name + " every " + interval + ", timeout " + timeout + ", fails after " + failures + " of " + window
                + ", recovers after " + recovery + (restarts ? ", restarts the session" : "");
    }
}
