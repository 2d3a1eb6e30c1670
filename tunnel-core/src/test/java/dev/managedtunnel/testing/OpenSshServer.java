package dev.managedtunnel.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real OpenSSH server of our own: keys, configuration and log in a temporary directory, a port on loopback or in a
 * network namespace. Skips the test where OpenSSH is missing.
 *
 * <p>Its processes: the listener, and below it one process for each connection (of a user other than root, and until
 * the login is done, with one more below that one). {@link #killSessions} and {@link #freeze} signal what is below the
 * listener; {@link #freezeAll} and {@link #stop} the listener too. Passwords are not taken, since those would be the
 * machine's; {@link Builder#pam} has one of its own.
 */
public final class OpenSshServer implements SshServer {

    /** The ways in which a server may differ from the usual one. */
    public static final class Builder {
        private final List<String> config = new ArrayList<>();
        private SshKeys.@Nullable KeyFile userAuthority;
        private SshKeys.@Nullable KeyFile hostAuthority;
        private @Nullable NetNs namespace;
        private boolean moreHostKeys = true;
        private @Nullable PamService pam;

        private Builder() {}

        /** Adds lines to the configuration, such as {@code RekeyLimit 1M}; they win over the usual ones. */
        public Builder config(String... lines) {
            config.addAll(Arrays.asList(lines));
            return this;
        }

        /** Accepts user certificates that this authority signed. */
        public Builder userAuthority(SshKeys.KeyFile authority) {
            userAuthority = authority;
            return this;
        }

        /** Shows a certificate, signed by this authority for the server's address, with its Ed25519 host key. */
        public Builder hostAuthority(SshKeys.KeyFile authority) {
            hostAuthority = authority;
            return this;
        }

        /** Runs the server inside a network namespace, at the namespace's address. */
        public Builder in(NetNs netNs) {
            namespace = netNs;
            return this;
        }

        /** Has no host key but the Ed25519 one. */
        public Builder onlyEd25519HostKey() {
            moreHostKeys = false;
            return this;
        }

        /**
         * Takes keyboard-interactive logins, by PAM: shows a line and asks every user for a secret, as {@code Password: }.
         * Needs root.
         */
        public Builder pam(String line, String secret) {
            pam = new PamService(line, secret);
            return config("UsePAM yes", "KbdInteractiveAuthentication yes");
        }

        /** Starts the server and waits until it listens. */
        public OpenSshServer start() {
            Requires.openSsh();
            OpenSshServer server = new OpenSshServer(this);
            try {
                server.start();
                return server;
            } catch (RuntimeException e) {
                server.close();
                throw e;
            }
        }
    }

    private static final Duration START_LIMIT = Duration.ofSeconds(15);

    private final ScratchDir dir = new ScratchDir("sshd");
    private final Path log = dir.resolve("sshd.log");
    private final Path authorizedKeys = dir.resolve("authorized_keys");
    private final SshKeys.KeyFile clientKey;
    private final List<SshKeys.KeyFile> hostKeys = new ArrayList<>();
    private final @Nullable NetNs namespace;
    private final @Nullable PamService pam;
    private final String host;
    private final int port;
    private @Nullable Process listener;

    private OpenSshServer(Builder builder) {
        namespace = builder.namespace;
        pam = builder.pam;
        host = namespace == null ? "127.0.0.1" : namespace.address();
        port = FreePorts.next();
        clientKey = SshKeys.ed25519(dir.path(), "client_ed25519");
        hostKeys.add(SshKeys.ed25519(dir.path(), "host_ed25519"));
        if (builder.moreHostKeys) {
            hostKeys.add(hostKey("host_ecdsa", SshKeys.Type.ECDSA_256));
            hostKeys.add(hostKey("host_rsa", SshKeys.Type.RSA_2048));
        }
        try {
            Files.createFile(log);
            Files.createFile(authorizedKeys);
            Files.write(dir.resolve("sshd_config"), config(builder));
            if (Requires.isRoot()) {
                // where sshd locks its unprivileged part in; Debian's start script makes it
                Files.createDirectories(Path.of("/run/sshd"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the files of sshd in " + dir.path(), e);
        }
        authorize(clientKey.publicLine());
    }

    /** Starts the usual server. */
    public static OpenSshServer usual() {
        return builder().start();
    }

    /** A server that is to differ from the usual one. */
    public static Builder builder() {
        return new Builder();
    }

    private SshKeys.KeyFile hostKey(String name, SshKeys.Type type) {
        return SshKeys.generate(dir.path(), name, type, SshKeys.Format.OPENSSH, null);
    }

    /** For most keywords sshd takes the first value it finds, so the lines of the test come first. */
    private List<String> config(Builder builder) throws IOException {
        List<String> lines = new ArrayList<>(builder.config);
        hostKeys.forEach(key -> lines.add("HostKey " + key.privateKey()));
        if (builder.hostAuthority != null) {
            lines.add("HostCertificate "
                    + SshKeys.signHost(builder.hostAuthority, hostKeys.get(0).publicKey(), host));
        }
        if (builder.userAuthority != null) {
            lines.add("TrustedUserCAKeys "
                    + Files.copy(builder.userAuthority.publicKey(), dir.resolve("user_authorities")));
        }
        lines.addAll(List.of(
                "Port " + port,
                "ListenAddress " + host,
                "PidFile " + dir.resolve("sshd.pid"),
                "AuthorizedKeysFile " + authorizedKeys,
                "StrictModes no",
                "UsePAM no",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "LogLevel VERBOSE",
                "UseDNS no",
                "PrintMotd no",
                "MaxAuthTries 20",
                "AllowTcpForwarding yes",
                "AllowStreamLocalForwarding yes",
                "GatewayPorts no"));
        // of this one it takes the last value
        if (builder.config.stream().noneMatch(line -> line.startsWith("MaxStartups "))) {
            lines.add("MaxStartups 1000");
        }
        return lines;
    }

    @Override
    public synchronized void start() {
        if (listener != null && listener.isAlive()) {
            return;
        }
        List<String> command = new ArrayList<>();
        if (namespace != null) {
            command.addAll(namespace.prefix());
        }
        command.add(String.valueOf(pam == null ? Requires.find("sshd") : pam.program()));
        command.addAll(List.of("-D", "-f", dir.resolve("sshd_config").toString(), "-E", log.toString()));
        int logged = log().length();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            listener = process;
            String ready = "Server listening on " + host + " port " + port;
            Poll.until(
                    START_LIMIT,
                    () -> "sshd does not listen; its log:\n" + log(),
                    () -> log().indexOf(ready, logged) >= 0 || !process.isAlive());
            if (!process.isAlive()) {
                throw new IllegalStateException("sshd ended with " + process.exitValue() + "; its log:\n" + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't start sshd", e);
        }
    }

    @Override
    public synchronized void stop() {
        if (listener != null) {
            tree().killAll();
            listener = null;
        }
    }

    @Override
    public synchronized void killSessions() {
        tree().killDescendants();
    }

    @Override
    public synchronized void freeze() {
        tree().stopDescendants();
    }

    @Override
    public synchronized void freezeAll() {
        tree().stopAll();
    }

    @Override
    public synchronized void unfreeze() {
        tree().continueAll();
    }

    @Override
    public synchronized int sessionCount() {
        return listener == null ? 0 : tree().children().size();
    }

    /** The processes of all sessions, for a test that has to know to the millisecond when it killed one. */
    public synchronized List<ProcessHandle> sessionProcesses() {
        return listener == null ? List.of() : tree().descendants();
    }

    /** Counts the processes of all sessions; commands that sessions run are among them. */
    public synchronized int processCount() {
        return listener == null ? 0 : tree().descendants().size();
    }

    private ProcessTree tree() {
        if (listener == null) {
            throw new IllegalStateException("The server is stopped");
        }
        return new ProcessTree(listener.toHandle());
    }

    @Override
    public String kind() {
        return "openssh";
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return System.getProperty("user.name");
    }

    @Override
    public Optional<String> password() {
        return Optional.empty();
    }

    @Override
    public Path privateKey() {
        return clientKey.privateKey();
    }

    @Override
    public List<String> hostKeys() {
        return hostKeys.stream()
                .map(key -> key.publicLine().replaceFirst("^(\\S+ \\S+).*", "$1"))
                .toList();
    }

    @Override
    public synchronized void authorize(String publicKeyLine) {
        try {
            Files.writeString(authorizedKeys, publicKeyLine.strip() + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    @Override
    public synchronized void revokeKeys() {
        try {
            Files.writeString(authorizedKeys, "");
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    /** The log of the server so far. */
    public String log() {
        return SshKeys.read(log);
    }

    @Override
    public String diagnostics() {
        return "Log of sshd:\n" + log();
    }

    @Override
    public void close() {
        stop();
        dir.close();
        if (pam != null) {
            pam.close();
        }
    }

    @Override
    public String toString() {
        return "sshd " + host + ":" + port;
    }
}
