package dev.managedtunnel;

import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.OpenSshServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The peer to be measured against: autossh around OpenSSH's client, with the keep-alive of the lab's tunnels. */
final class Autossh implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(15);

    private final Path dir;
    private final Path log;
    private final InetSocketAddress address;
    private final Process process;

    private Autossh(Path dir, InetSocketAddress address, Process process) {
        this.dir = dir;
        log = dir.resolve("log");
        this.address = address;
        this.process = process;
    }

    /** Starts it and waits until it listens. */
    static Autossh to(OpenSshServer server, Endpoint.Tcp target) {
        try {
            Path dir = Files.createTempDirectory("autossh");
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort());
            ProcessBuilder builder = new ProcessBuilder(List.of(
                            "autossh",
                            "-M",
                            "0",
                            "-N",
                            "-F",
                            "none",
                            "-o",
                            "ServerAliveInterval=1",
                            "-o",
                            "ServerAliveCountMax=3",
                            "-o",
                            "ExitOnForwardFailure=yes",
                            "-o",
                            "StrictHostKeyChecking=yes",
                            "-o",
                            "UserKnownHostsFile=" + server.writeKnownHosts(dir.resolve("known_hosts")),
                            "-o",
                            "IdentitiesOnly=yes",
                            "-o",
                            "BatchMode=yes",
                            "-i",
                            server.privateKey().toString(),
                            "-L",
                            address.getAddress().getHostAddress() + ":" + address.getPort() + ":" + target.host() + ":"
                                    + target.port(),
                            "-p",
                            String.valueOf(server.port()),
                            server.user() + "@" + server.host()))
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("output").toFile());
            builder.environment().put("AUTOSSH_GATETIME", "0");
            // of the values tried the one that serves it best: with the usual 600 s it pauses for 2 and then 8 s
            builder.environment().put("AUTOSSH_POLL", "5");
            builder.environment().put("AUTOSSH_LOGLEVEL", "7");
            builder.environment().put("AUTOSSH_LOGFILE", dir.resolve("log").toString());
            Autossh autossh = new Autossh(dir, address, builder.start());
            await().atMost(SOON).until(autossh::listens);
            return autossh;
        } catch (IOException notStarted) {
            throw new UncheckedIOException("Can't start autossh", notStarted);
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** How often it has started ssh. */
    long starts() {
        try (var lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("starting ssh (count")).count();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    /** autossh ends its ssh when it is told to end. */
    @Override
    public void close() {
        try {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroy();
            if (!process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            children.forEach(ProcessHandle::destroyForcibly);
            for (String file : List.of("log", "output", "known_hosts")) {
                Files.deleteIfExists(dir.resolve(file));
            }
            Files.deleteIfExists(dir);
        } catch (IOException | InterruptedException odd) {
            throw new IllegalStateException("autossh did not end in order", odd);
        }
    }
}
