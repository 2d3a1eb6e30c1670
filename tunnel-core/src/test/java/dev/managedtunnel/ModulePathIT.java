package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.FreePorts;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The library as a user's module sees it: compiled and started by the JDK's own commands, on a module path that holds
 * the library and what it requires, and nothing of its tests or of Micrometer.
 */
@Timeout(120)
class ModulePathIT {
    private static final String CORE = "dev.managedtunnel.core";

    /** Opens a tunnel to nobody, so that supervisor, JSch, forwarder and log have all been at work, and closes it. */
    private static final String APP = """
            package user.app;

            import dev.managedtunnel.Credentials;
            import dev.managedtunnel.Forward;
            import dev.managedtunnel.HostKeys;
            import dev.managedtunnel.ManagedTunnel;
            import dev.managedtunnel.RestartPolicy;
            import dev.managedtunnel.TunnelException;
            import dev.managedtunnel.TunnelSpec;
            import java.net.Socket;

            public final class Main {
                public static void main(String[] args) throws Exception {
                    TunnelSpec spec = TunnelSpec.builder("user")
                            .gateway("nobody@127.0.0.1:" + args[0])
                            .credentials(Credentials.password(() -> new char[] {'x'}))
                            .hostKeys(HostKeys.insecureAcceptAny())
                            .forward(Forward.local("db", 5432))
                            .build();
                    try (ManagedTunnel tunnel = spec.start();
                            Socket parked = new Socket(tunnel.address().getAddress(), tunnel.address().getPort())) {
                        System.out.println("parked " + parked.isConnected());
                    }
                    RestartPolicy once = RestartPolicy.builder().maxStarts(1).build();
                    try (ManagedTunnel tunnel = spec.toBuilder().restart(once).build().open()) {
                        System.out.println("opened " + tunnel);
                    } catch (TunnelException refused) {
                        System.out.println("reason " + refused.reason());
                    }
                    System.out.println("micrometer "
                            + ModuleLayer.boot().findModule("micrometer.core").isPresent());
                    System.out.println("jfr " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
                    System.out.println("library " + TunnelSpec.class.getModule().getName());
                }
            }
            """;

    private static String modulePath;

    @TempDir
    private Path dir;

    @BeforeAll
    static void findTheLibraryAndWhatItRequires() {
        ResolvedModule core = resolved(CORE).orElseThrow();
        modulePath = Stream.concat(
                        Stream.of(core),
                        core.reference().descriptor().requires().stream()
                                .filter(needed -> !needed.modifiers().contains(Modifier.STATIC))
                                .flatMap(needed -> resolved(needed.name()).stream()))
                .map(ResolvedModule::reference)
                .map(ModuleReference::location)
                .flatMap(Optional::stream)
                .filter(location -> location.getScheme().equals("file"))
                .map(ModulePathIT::path)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Optional<ResolvedModule> resolved(String name) {
        return TunnelSpec.class.getModule().getLayer().configuration().findModule(name);
    }

    private static String path(URI location) {
        return Path.of(location).toString();
    }

    @Test
    void aUsersModuleOpensTunnelsWithoutMicrometer() throws Exception {
        compileApp();
        runApp("micrometer false", List.of());
    }

    /** As in a run-time image that has only what the application and the library require. */
    @Test
    void aUsersModuleOpensTunnelsWithoutFlightRecorder() throws Exception {
        compileApp();
        runApp("jfr false", List.of("--limit-modules", "user.app"));
    }

    @Test
    void flightRecorderGetsTheEventsOfAUsersModule() throws Exception {
        compileApp();
        Path file = dir.resolve("flight.jfr");
        runApp("jfr true", List.of("--add-modules", "jdk.jfr", "-XX:StartFlightRecording:filename=" + file));
        assertThat(RecordingFile.readAllEvents(file))
                .filteredOn(event -> event.getEventType().getName().equals("dev.managedtunnel.SessionStart"))
                .extracting(event -> event.getString("reason"))
                .contains("connect_refused");
    }

    private void compileApp() throws Exception {
        Outcome compiled = compile(APP);
        assertThat(compiled.output()).isEmpty();
        assertThat(compiled.exitCode()).isZero();
    }

    private void runApp(String more, List<String> options) throws Exception {
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of(
                "--module-path",
                modulePath + File.pathSeparator + dir.resolve("out"),
                "--module",
                "user.app/user.app.Main",
                String.valueOf(FreePorts.next())));
        Outcome ran = run("java", arguments.toArray(String[]::new));
        assertThat(ran.output().lines())
                .as(ran.output())
                .contains("parked true", "reason CONNECT_REFUSED", more, "library " + CORE);
        assertThat(ran.exitCode()).isZero();
    }

    @Test
    void theInternalsAreOutOfReach() throws Exception {
        Outcome compiled =
                compile("package user.app; class Main { Object it = dev.managedtunnel.internal.RealTunnel.class; }");
        assertThat(compiled.exitCode()).isEqualTo(1);
        assertThat(compiled.output())
                .contains("package dev.managedtunnel.internal is not visible")
                .contains("does not export it");
    }

    @Test
    void theOneConstructorThatShowsAnInternalTypeCanNotBeCalled() throws Exception {
        Outcome compiled = compile("package user.app; class Main { Object it ="
                + " new dev.managedtunnel.TunnelStatus(new dev.managedtunnel.internal.status.Snapshot()); }");
        assertThat(compiled.exitCode()).isEqualTo(1);
        assertThat(compiled.output()).contains("package dev.managedtunnel.internal.status is not visible");
    }

    @Test
    void whatTheLibraryIsBuiltOnIsNotPassedOn() throws Exception {
        for (String type : List.of("com.jcraft.jsch.JSch", "dev.failsafe.Failsafe", "org.slf4j.Logger")) {
            Outcome compiled = compile("package user.app; class Main { Object it = " + type + ".class; }");
            assertThat(compiled.exitCode()).as(type).isEqualTo(1);
            assertThat(compiled.output()).contains("is not visible").contains("does not read it");
        }
    }

    private Outcome compile(String main) throws Exception {
        Path sources = Files.createDirectories(dir.resolve("src/user/app"));
        Path module =
                Files.writeString(dir.resolve("src/module-info.java"), "module user.app { requires " + CORE + "; }");
        Path file = Files.writeString(sources.resolve("Main.java"), main);
        return run(
                "javac",
                "-Xlint:all",
                "--module-path",
                modulePath,
                "-d",
                dir.resolve("out").toString(),
                module.toString(),
                file.toString());
    }

    private Outcome run(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        if (tool.equals("javac")) {
            // The texts that are compared are English.
            command.add("-J-Duser.language=en");
        }
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(dir, tool, ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(tool + " ends").isTrue();
            return new Outcome(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    private record Outcome(int exitCode, String output) {}
}
