package dev.managedtunnel.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real SOCKS5 proxy without a login: OpenSSH's client with {@code -D}. Names are looked up at its server. */
public final class SshSocks implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final Process process;
    private final int port;

    private SshSocks(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one and waits until it listens. */
    public static SshSocks at(SshServer server) {
        Requires.sshClient();
        int port = FreePorts.next();
        List<String> command = List.of(
                String.valueOf(Requires.find("ssh")),
                "-N",
                "-F",
                "none",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-i",
                server.privateKey().toString(),
                "-p",
                Integer.toString(server.port()),
                "-D",
                "127.0.0.1:" + port,
                server.user() + "@" + server.host());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(Path.of("/dev/null").toFile())
                    .start();
            SshSocks socks = new SshSocks(process, port);
            Poll.until(LIMIT, () -> "ssh -D does not listen", () -> listens(port) || !process.isAlive());
            return socks;
        } catch (IOException e) {
            throw new UncheckedIOException("Can't start ssh", e);
        }
    }

    private static boolean listens(int port) {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Where it listens, on 127.0.0.1. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
