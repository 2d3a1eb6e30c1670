package dev.managedtunnel;

import dev.managedtunnel.internal.RealTunnel;
import dev.managedtunnel.internal.sshconfig.SshConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All settings of a tunnel. Immutable and reusable: each {@link #open()} or {@link #start()} makes a tunnel of its own.
 */
public final class TunnelSpec {
    /** How long {@link #open()} waits for the first session: 30 s. */
    public static final Duration DEFAULT_OPEN_TIMEOUT = Duration.ofSeconds(30);

    private final String name;
    private final List<Gateway> gateways;
    private final int redundancy;
    private final FailoverPolicy failover;
    private final List<Credentials> credentials;
    private final HostKeys hostKeys;
    private final List<Forward> forwards;
    private final KeepAlive keepAlive;
    private final RestartPolicy restart;
    private final Parking parking;
    private final Duration connectTimeout;
    private final int maxWindow;
    private final Algorithms algorithms;
    private final boolean compression;
    private final List<Probe> probes;
    private final List<TunnelListener> listeners;

    private TunnelSpec(Builder builder) {
        name = builder.name;
        gateways = List.copyOf(builder.gateways);
        redundancy = builder.redundancy;
        failover = builder.failover;
        credentials = List.copyOf(builder.credentials);
        hostKeys = builder.hostKeys;
        forwards = List.copyOf(builder.forwards);
        keepAlive = builder.keepAlive;
        restart = builder.restart;
        parking = builder.parking;
        connectTimeout = builder.connectTimeout;
        maxWindow = builder.maxWindow;
        algorithms = builder.algorithms;
        compression = builder.compression;
        probes = List.copyOf(builder.probes);
        listeners = List.copyOf(builder.listeners);
    }

    private static TunnelSpec checked(TunnelSpec spec) {
        RealTunnel.check(spec);
        return spec;
    }

    /**
     * Starts a specification.
     *
     * @param name for logs, thread names and metrics: 1 to 64 letters, digits, {@code . _ -}
     * @throws IllegalArgumentException when the name is not of that form
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Starts a specification from {@code ~/.ssh/config} and {@code /etc/ssh/ssh_config}: what {@code ssh destination} would
     * take from there, the builder has. Settings made on it afterwards win; {@code credentials} and {@code forward} add to
     * what is there. The files are read once, now.
     *
     * <ul>
     *   <li>Sections: {@code Host}, {@code Match} (all, final, canonical, host, originalhost, user, localuser), {@code
     *       Include}, IgnoreUnknown.
     *   <li>The way: HostName, Port, User, ProxyJump, BindAddress, ConnectTimeout, ServerAliveInterval,
     *       ServerAliveCountMax, Compression, Ciphers, MACs, KexAlgorithms, HostKeyAlgorithms, PubkeyAcceptedAlgorithms.
     *   <li>Keys: IdentityFile (without it the usual ones in {@code ~/.ssh}), CertificateFile, IdentityAgent (without it the
     *       agent at {@code SSH_AUTH_SOCK} if there is one), IdentitiesOnly.
     *   <li>Host keys: UserKnownHostsFile, GlobalKnownHostsFile, HostKeyAlias, StrictHostKeyChecking, where {@code ask} and
     *       {@code no} check as strictly as {@code yes}: nobody can be asked, and unchecked is unsafe.
     *   <li>Forwards: LocalForward, RemoteForward, DynamicForward, ClearAllForwardings. Those to one target are named
     *       {@code host:port} and, from the second on, {@code host:port (listener)}.
     * </ul>
     *
     * <p>Values, tokens and <code>${VARIABLES}</code> are OpenSSH's. What the files leave open is as in a builder, and not
     * as with {@code ssh}: keep-alives are on, for one. Of a jump host's own section holds what is about reaching it, its
     * keys and its host key; the rest is the tunnel's for all hops.
     *
     * <p>No command is ever run: a ProxyCommand is refused, a section below {@code Match exec} left out. RevokedHostKeys is
     * refused too. What else would mean something for a tunnel is logged as having no effect, once a call, at WARN.
     *
     * @param name as for {@link #builder}
     * @param destination a {@code Host} of the configuration, or anything that {@code ssh} would connect to: {@code
     *     [user@]host}, {@code ssh://[user@]host[:port]}
     * @throws IllegalArgumentException when a file can't be read, can be changed by others, or has something in it that is
     *     wrong or can't be done; the text names file and line
     */
    public static Builder fromSshConfig(String name, String destination) {
        return SshConfig.spec(name, destination, null);
    }

    /**
     * Starts a specification from this file alone, in the format of {@code ~/.ssh/config}: {@code ssh -F file}.
     *
     * @throws IllegalArgumentException as {@link #fromSshConfig(String, String)}, and when there is no such file
     */
    public static Builder fromSshConfig(String name, String destination, Path file) {
        return SshConfig.spec(name, destination, UserHome.expand(file));
    }

    /** A builder that starts from these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder(name);
        builder.gateways.addAll(gateways);
        builder.gatewaysTakenOver = true;
        builder.redundancy = redundancy;
        builder.failover = failover;
        builder.credentials.addAll(credentials);
        builder.hostKeys = hostKeys;
        builder.forwards.addAll(forwards);
        builder.keepAlive = keepAlive;
        builder.restart = restart;
        builder.parking = parking;
        builder.connectTimeout = connectTimeout;
        builder.maxWindow = maxWindow;
        builder.algorithms = algorithms;
        builder.compression = compression;
        builder.probes.addAll(probes);
        builder.listeners.addAll(listeners);
        return builder;
    }

    /**
     * Opens the tunnel and waits up to 30 s until it is {@link TunnelState#UP}.
     *
     * @throws TunnelException when a listener can't be bound, when it gave up, or with the last failure when the time is
     *     over; nothing is left behind then
     */
    public ManagedTunnel open() {
        return open(DEFAULT_OPEN_TIMEOUT);
    }

    /**
     * Opens the tunnel and waits until it is {@link TunnelState#UP}.
     *
     * @param timeout how long to wait at most
     * @throws TunnelException as {@link #open()}; also, with reason {@link FailureReason#CLOSED}, when the waiting
     *     thread is interrupted (its interrupt flag stays set)
     */
    public ManagedTunnel open(Duration timeout) {
        return RealTunnel.open(this, timeout);
    }

    /**
     * Binds the listeners, connects in the background and returns at once, for use while an application boots. Failures
     * of the network only show in state, events and log.
     *
     * @throws TunnelException when a listener can't be bound; nothing is left behind then
     */
    public ManagedTunnel start() {
        return RealTunnel.start(this);
    }

    /** The tunnel's name. */
    public String name() {
        return name;
    }

    /** The gateways in order of preference, at least one. */
    public List<Gateway> gateways() {
        return gateways;
    }

    /** See {@link Builder#redundancy(int)}. */
    public int redundancy() {
        return redundancy;
    }

    /** When one of several gateways is left for another one. */
    public FailoverPolicy failover() {
        return failover;
    }

    /** What is tried to log in, in this order. */
    public List<Credentials> credentials() {
        return credentials;
    }

    /** How host keys are checked. */
    public HostKeys hostKeys() {
        return hostKeys;
    }

    /** The forwards, in the order in which they were given. */
    public List<Forward> forwards() {
        return forwards;
    }

    /** How a dead peer is noticed. */
    public KeepAlive keepAlive() {
        return keepAlive;
    }

    /** When a lost session is started again. */
    public RestartPolicy restart() {
        return restart;
    }

    /** What happens to connections while no session is up. */
    public Parking parking() {
        return parking;
    }

    /** See {@link Builder#connectTimeout(Duration)}. */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    /** See {@link Builder#maxWindow(int)}. */
    public int maxWindow() {
        return maxWindow;
    }

    /** Which algorithms sessions may use. */
    public Algorithms algorithms() {
        return algorithms;
    }

    /** Whether sessions compress what they carry. */
    public boolean compression() {
        return compression;
    }

    /** The probes, in the order in which they were given. */
    public List<Probe> probes() {
        return probes;
    }

    /** The listeners that get all events from the first on. */
    public List<TunnelListener> listeners() {
        return listeners;
    }

    @Override
    public String toString() {
        return name + " via " + (gateways.size() == 1 ? gateways.get(0) : gateways) + " " + forwards;
    }

    /** Builds a {@link TunnelSpec}. Not thread-safe; each method refuses bad values at once. */
    public static final class Builder {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
        private static final Duration SHORTEST_CONNECT = Duration.ofMillis(100);
        private static final int MOST_SESSIONS = 8;
        private static final int MOST_PROBES = 16;
        private static final int MIB = 1024 * 1024;
        private static final int LEAST_MAX_WINDOW = 2 * MIB;
        private static final int DEFAULT_MAX_WINDOW = 16 * MIB;
        private static final int LARGEST_MAX_WINDOW = 256 * MIB;

        private final String name;
        private final List<Gateway> gateways = new ArrayList<>();
        /** Whether those there are come from a specification. */
        private boolean gatewaysTakenOver;

        private int redundancy = 1;
        private FailoverPolicy failover = FailoverPolicy.DEFAULT;
        private final List<Credentials> credentials = new ArrayList<>();
        private HostKeys hostKeys = HostKeys.knownHosts();
        private final List<Forward> forwards = new ArrayList<>();
        private KeepAlive keepAlive = KeepAlive.DEFAULT;
        private RestartPolicy restart = RestartPolicy.DEFAULT;
        private Parking parking = Parking.DEFAULT;
        private Duration connectTimeout = Duration.ofSeconds(15);
        private int maxWindow = DEFAULT_MAX_WINDOW;
        private Algorithms algorithms = Algorithms.defaults();
        private boolean compression;
        private final List<Probe> probes = new ArrayList<>();
        private final List<TunnelListener> listeners = new ArrayList<>();

        private Builder(String name) {
            if (!NAME.matcher(name).matches()) {
                throw Checks.bad("tunnel name", name, "is not 1 to 64 letters, digits, '.', '_' or '-'; rename it");
            }
            this.name = name;
        }

        /**
         * Adds an SSH server that can carry the tunnel, as {@code [user@]host[:port]}. At least one is required.
         *
         * @throws IllegalArgumentException when it is not of that form, or is there already
         */
        public Builder gateway(String text) {
            return gateway(Gateway.parse(text));
        }

        /**
         * Adds an SSH server that can carry the tunnel. At least one is required; several are given in order of preference.
         * On a builder from {@link TunnelSpec#toBuilder()} the first call replaces those of the specification.
         *
         * @throws IllegalArgumentException when it is there already: a second way to one server differs in its bind
         *     address, proxy or jump host
         */
        public Builder gateway(Gateway value) {
            Objects.requireNonNull(value, "gateway");
            if (gatewaysTakenOver) {
                gateways.clear();
                gatewaysTakenOver = false;
            }
            if (gateways.contains(value)) {
                throw Checks.bad(
                        "gateway",
                        value,
                        "is there already; leave it out, or give it another bindAddress, proxy or jump host");
            }
            gateways.add(value);
            return this;
        }

        /**
         * How many sessions are kept up at once, over different gateways where there are several. A new connection goes to
         * the session with the fewest; a session that is lost breaks only its own connections, and no new one has to wait.
         * Each costs the gateway a login and memory, and shares the tunnel's {@link RestartPolicy#minSpacing()} with the
         * others. No twin.
         *
         * @param sessions 1 to 8; default 1
         * @throws IllegalArgumentException when it is out of that range
         */
        public Builder redundancy(int sessions) {
            redundancy = Checks.range("redundancy", sessions, 1, MOST_SESSIONS);
            return this;
        }

        /** When one of several gateways is left for another one. Default: {@link FailoverPolicy#builder()} unchanged. */
        public Builder failover(FailoverPolicy value) {
            failover = Objects.requireNonNull(value, "failover");
            return this;
        }

        /**
         * What is tried to log in, in this order; adds to what was given before. At least one is required, unless all
         * gateways and jump hosts have credentials of their own.
         */
        public Builder credentials(Credentials... values) {
            credentials.addAll(List.of(values));
            return this;
        }

        /** How host keys are checked. Default {@link HostKeys#knownHosts()}: strict. */
        public Builder hostKeys(HostKeys value) {
            hostKeys = Objects.requireNonNull(value, "hostKeys");
            return this;
        }

        /**
         * Adds a forward. At least one is required.
         *
         * @throws IllegalArgumentException when a forward of that name is there already
         */
        public Builder forward(Forward value) {
            if (forwards.stream().anyMatch(other -> other.name().equals(value.name()))) {
                throw Checks.bad("forward name", value.name(), "is taken; tell them apart with named(...)");
            }
            forwards.add(value);
            return this;
        }

        /** How a dead peer is noticed. Default: every 10 s, 3 missed. */
        public Builder keepAlive(KeepAlive value) {
            keepAlive = Objects.requireNonNull(value, "keepAlive");
            return this;
        }

        /** When a lost session is started again. Default: {@link RestartPolicy#builder()} unchanged. */
        public Builder restart(RestartPolicy value) {
            restart = Objects.requireNonNull(value, "restart");
            return this;
        }

        /** What happens to connections while no session is up. Default: up to 256 wait for at most 30 s. */
        public Builder parking(Parking value) {
            parking = Objects.requireNonNull(value, "parking");
            return this;
        }

        /**
         * The deadline of a whole session start, from looking up the name to the accepted login, those at jump hosts
         * included; OpenSSH's {@code ConnectTimeout} covers less. Default 15 s. It counts from the moment in which the start begins: of the
         * tunnels of one JVM to the same gateway only a few begin a session at a time.
         *
         * @throws IllegalArgumentException when it is shorter than 100 ms
         */
        public Builder connectTimeout(Duration value) {
            connectTimeout = Checks.atLeast("connectTimeout", value, SHORTEST_CONNECT);
            return this;
        }

        /**
         * How much a target may send on one connection before the application has taken it, and so what a connection
         * that does not read may hold in memory. Each begins at 2 MiB and grows where it is the window that slows a fast
         * reader down, up to this; at most that much comes in one round trip. All connections of a tunnel together grow
         * by no more than an eighth of the heap or 128 MiB, whichever is less. OpenSSH's is 2 MiB, fixed.
         *
         * @param bytes 2 MiB to 256 MiB; default 16 MiB
         * @throws IllegalArgumentException when it is out of that range
         */
        public Builder maxWindow(int bytes) {
            maxWindow = Checks.range("maxWindow", bytes, LEAST_MAX_WINDOW, LARGEST_MAX_WINDOW);
            return this;
        }

        /** Which algorithms sessions may use. Default {@link Algorithms#defaults()}. */
        public Builder algorithms(Algorithms value) {
            algorithms = Objects.requireNonNull(value, "algorithms");
            return this;
        }

        /**
         * Whether sessions compress what they carry, if the server agrees: {@code Compression}. Default false; it costs
         * throughput on all but very slow links.
         */
        public Builder compression(boolean value) {
            compression = value;
            return this;
        }

        /**
         * Adds a probe; without one a tunnel is ready whenever a session is up.
         *
         * @throws IllegalArgumentException when a probe of that name is there already, or would be the 17th: each may hold
         *     a thread
         */
        public Builder probe(Probe value) {
            Objects.requireNonNull(value, "probe");
            if (probes.stream().anyMatch(other -> other.name().equals(value.name()))) {
                throw Checks.bad("probe name", value.name(), "is taken; tell them apart with named(...)");
            }
            if (probes.size() == MOST_PROBES) {
                throw Checks.bad(
                        "probe", value.name(), "is one more than the " + MOST_PROBES + " allowed; leave one out");
            }
            probes.add(value);
            return this;
        }

        /** Adds a listener that gets all events of each tunnel made from this specification, from the first on. */
        public Builder listener(TunnelListener value) {
            listeners.add(Objects.requireNonNull(value, "listener"));
            return this;
        }

        /**
         * The specification, a snapshot of this builder.
         *
         * @throws IllegalArgumentException when something required is missing, settings contradict each other, or
         *     {@link Algorithms} have a name that does not exist, or leave none
         */
        public TunnelSpec build() {
            if (gateways.isEmpty()) {
                throw missing("gateway", "gateway(\"user@host\")");
            }
            if (credentials.isEmpty() && gateways.stream().anyMatch(Builder::usesOurCredentials)) {
                throw missing("credentials", "credentials(Credentials.privateKey(path))");
            }
            if (forwards.isEmpty()) {
                throw missing("forward", "forward(Forward.local(host, port))");
            }
            Set<Endpoint> here = new HashSet<>();
            Set<Endpoint> atGateway = new HashSet<>();
            for (Forward forward : forwards) {
                Endpoint place = forward.listen().orElse(null);
                boolean anyPort = place instanceof Endpoint.Tcp tcp && tcp.port() == 0;
                if (place != null && !anyPort && !(forward instanceof Forward.Remote ? atGateway : here).add(place)) {
                    throw Checks.bad("forward listener", place, "is asked for by two forwards; change one");
                }
            }
            int starts = restart.maxStarts();
            if (starts != RestartPolicy.UNLIMITED && starts < redundancy) {
                throw Checks.bad(
                        "restart maxStarts", starts, "is below redundancy " + redundancy + "; raise it, or keep fewer");
            }
            return checked(new TunnelSpec(this));
        }

        private static boolean usesOurCredentials(Gateway last) {
            for (Gateway hop = last; hop != null; hop = hop.via().orElse(null)) {
                if (hop.credentials().isEmpty()) {
                    return true;
                }
            }
            return false;
        }

        private IllegalArgumentException missing(String field, String remedy) {
            return new IllegalArgumentException("tunnel '" + name + "' has no " + field + "; call " + remedy);
        }
    }
}
