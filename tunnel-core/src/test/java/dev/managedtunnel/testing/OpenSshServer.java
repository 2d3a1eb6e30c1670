package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
public final class OpenSshServer extends ProcessServer {

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
            server.startOrClose();
            return server;
        }
    }

    private final List<SshKeys.KeyFile> hostKeys = new ArrayList<>();
    private final @Nullable NetNs namespace;
    private final @Nullable PamService pam;
    private final String host;

    private OpenSshServer(Builder builder) {
        super("sshd", "authorized_keys");
        namespace = builder.namespace;
        pam = builder.pam;
        host = namespace == null ? "127.0.0.1" : namespace.address();
        hostKeys.add(SshKeys.ed25519(dir.path(), "host_ed25519"));
        if (builder.moreHostKeys) {
            hostKeys.add(hostKey("host_ecdsa", SshKeys.Type.ECDSA_256));
            hostKeys.add(hostKey("host_rsa", SshKeys.Type.RSA_2048));
        }
        try {
            Files.createFile(authorizedKeys);
            Files.write(dir.resolve("sshd_config"), config(builder));
            if (Requires.isRoot()) {
                // where sshd locks its unprivileged part in; Debian's start script makes it
                Files.createDirectories(Path.of("/run/sshd"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the files of sshd in " + dir.path(), e);
        }
        authorizeClient();
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
                "Port " + port(),
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
    List<String> command() {
        List<String> command = new ArrayList<>();
        if (namespace != null) {
            command.addAll(namespace.prefix());
        }
        command.add(String.valueOf(pam == null ? Requires.find("sshd") : pam.program()));
        command.addAll(List.of("-D", "-f", dir.resolve("sshd_config").toString(), "-E", log.toString()));
        return command;
    }

    @Override
    String ready() {
        return "Server listening on " + host + " port " + port();
    }

    /** Counts the processes of all sessions; commands that sessions run are among them. */
    public int processCount() {
        return sessionProcesses().size();
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
    public String user() {
        return System.getProperty("user.name");
    }

    @Override
    public List<String> hostKeys() {
        return hostKeys.stream().map(key -> withoutComment(key.publicLine())).toList();
    }

    @Override
    public void close() {
        super.close();
        if (pam != null) {
            pam.close();
        }
    }
}
