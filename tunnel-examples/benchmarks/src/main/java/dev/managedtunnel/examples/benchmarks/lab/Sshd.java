package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An OpenSSH server on loopback with keys and a configuration of its own, for the user who runs this. */
public final class Sshd implements AutoCloseable {
    private static final int START_SECONDS = 10;
    private static final String MAC = "hmac-sha2-256-etm@openssh.com";

    private final Path directory;
    private final Path identity;
    private final String hostKey;
    private final int port;
    private final Process process;

    /**
     * Starts it.
     *
     * @param directory for its files
     * @param cipher the only one it accepts, so that all clients use the same
     */
    public Sshd(Path directory, String cipher) throws IOException, InterruptedException {
        this.directory = directory;
        identity = directory.resolve("id_ecdsa");
        Path host = directory.resolve("host_ecdsa");
        generate(identity);
        generate(host);
        hostKey = Files.readString(Path.of(host + ".pub")).strip();
        Files.copy(Path.of(identity + ".pub"), directory.resolve("authorized_keys"));
        if ("root".equals(System.getProperty("user.name"))) {
            // where it locks its unprivileged part in; Debian's start script makes it
            Files.createDirectories(Path.of("/run/sshd"));
        }
        port = Ports.free();
        Path config = directory.resolve("sshd_config");
        Files.write(
                config,
                List.of(
                        "HostKey " + host,
                        "Port " + port,
                        "ListenAddress 127.0.0.1",
                        "PidFile none",
                        "AuthorizedKeysFile " + directory.resolve("authorized_keys"),
                        "Ciphers " + cipher,
                        "MACs " + MAC,
                        "StrictModes no",
                        "UsePAM no",
                        "PermitRootLogin yes",
                        "PasswordAuthentication no",
                        "KbdInteractiveAuthentication no",
                        "UseDNS no",
                        "PrintMotd no",
                        "MaxStartups 1000",
                        "AllowTcpForwarding yes"));
        Path log = directory.resolve("sshd.log");
        process = new ProcessBuilder(Programs.find("sshd"), "-D", "-f", config.toString(), "-E", log.toString())
                .inheritIO()
                .start();
        if (!Ports.awaitOpen(port, TimeUnit.SECONDS.toMillis(START_SECONDS), process::isAlive)) {
            process.destroy();
            throw new IOException("sshd does not start: "
                    + (Files.exists(log) ? Files.readString(log).strip() : "it wrote no log"));
        }
    }

    private static void generate(Path file) throws IOException, InterruptedException {
        Programs.output(List.of(
                Programs.find("ssh-keygen"), "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", file.toString()));
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** The key that opens it. */
    public Path identity() {
        return identity;
    }

    /** A file of known hosts for this server when it is reached by this port, which may be a relay's. */
    public Path knownHosts(int reachedBy) throws IOException {
        return Files.writeString(
                directory.resolve("known_hosts_" + reachedBy), "[127.0.0.1]:" + reachedBy + " " + hostKey + "\n");
    }

    /** The listener and all its sessions. */
    public ProcessTree processes() {
        return new ProcessTree(process.pid());
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
