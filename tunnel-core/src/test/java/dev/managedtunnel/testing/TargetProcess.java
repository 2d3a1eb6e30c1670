package dev.managedtunnel.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A target in a process of its own, inside a network namespace, which a server inside reaches while the packets of the
 * namespace's cable are dropped. Needs nothing but the JDK and the classes of this package.
 */
public final class TargetProcess implements AutoCloseable {

    private static final Map<String, Target.Behaviour> BEHAVIOURS = Map.of(
            "echo", Targets.echo(),
            "silent", Targets.silent(),
            "digest", Targets.digestAfterEof(),
            "endless", Targets.endlessSource(1));

    private final Process process;
    private final String host;
    private final int port;

    private TargetProcess(Process process, String host, int port) {
        this.process = process;
        this.host = host;
        this.port = port;
    }

    /**
     * Starts a target that listens at all addresses of the namespace.
     *
     * @param behaviour {@code echo}, {@code silent}, {@code digest} or {@code endless}
     */
    public static TargetProcess in(NetNs netNs, String behaviour) {
        List<String> command = new ArrayList<>(netNs.prefix());
        command.addAll(Arrays.asList(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                classes().toString(),
                TargetProcess.class.getName(),
                behaviour));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                if (line == null) {
                    process.destroyForcibly();
                    throw new IllegalStateException("The target's process ended; see its error output");
                }
                return new TargetProcess(process, netNs.address(), Integer.parseInt(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't start a target in " + netNs, e);
        }
    }

    /** The directory of the test classes, which the class's own origin does not tell when it is patched into a module. */
    private static Path classes() {
        String name = TargetProcess.class.getName().replace('.', '/') + ".class";
        try {
            URI file = TargetProcess.class.getResource("TargetProcess.class").toURI();
            return Path.of(
                    URI.create(file.toString().substring(0, file.toString().length() - name.length())));
        } catch (URISyntaxException e) {
            throw new IllegalStateException("No directory of classes", e);
        }
    }

    /** The address as seen from outside the namespace. */
    public String host() {
        return host;
    }

    /** The port, the same on 127.0.0.1 inside the namespace. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Serves until it is killed. */
    public static void main(String[] args) throws Exception {
        Target target = Target.tcp(InetAddress.getByName("0.0.0.0"), BEHAVIOURS.get(args[0]));
        System.out.println(target.port());
        Thread.currentThread().join();
    }
}
