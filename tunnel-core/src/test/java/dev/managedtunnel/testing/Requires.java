package dev.managedtunnel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * What a test needs of the machine. A missing piece skips the test with the reason; where everything has to run, with
 * the system property {@code tunnel.requireAll=true} or the environment variable {@code CI=true}, it fails the test and
 * names the remedy. This is the only place that knows the switch.
 */
public final class Requires {

    private static final Once DOCKER = new Once(Requires::dockerProblem);
    private static final Once NETNS = new Once(Requires::netnsProblem);

    private Requires() {}

    /** Whether a missing piece is a failure instead of a reason to skip. */
    public static boolean everything() {
        return Boolean.getBoolean("tunnel.requireAll") || "true".equalsIgnoreCase(System.getenv("CI"));
    }

    /** The OpenSSH server and {@code ssh-keygen}. */
    public static void openSsh() {
        require(find("sshd") == null ? "no sshd found" : null, "install openssh-server");
        sshKeygen();
    }

    /** The key tool of OpenSSH. */
    public static void sshKeygen() {
        require(find("ssh-keygen") == null ? "no ssh-keygen found" : null, "install openssh-client");
    }

    /** The command-line client of OpenSSH. */
    public static void sshClient() {
        require(find("ssh") == null ? "no ssh found" : null, "install openssh-client");
    }

    /** Any command that the search path or the usual directories of system tools have. */
    public static void command(String name, String debianPackage) {
        require(find(name) == null ? "no " + name + " found" : null, "install " + debianPackage);
    }

    /** The right to do what only root may. */
    public static void root() {
        require(isRoot() ? null : "not root", "run the tests as root");
    }

    /** Linux with its {@code /proc}. */
    public static void linux() {
        require(isLinux() ? null : "not Linux", "run the tests on Linux");
    }

    /** Network namespaces, and iptables to drop packets in them. */
    public static void netns() {
        require(NETNS.get(), "run the tests as root on Linux with iproute2 and iptables installed");
    }

    /** A Docker engine that answers. */
    public static void docker() {
        require(DOCKER.get(), "install docker.io and start dockerd");
    }

    /** Decides what a problem means here: nothing when null, else a skip or a failure. */
    public static void require(@Nullable String problem, String remedy) {
        if (problem == null) {
            return;
        }
        if (everything()) {
            throw new AssertionError("This test must not be skipped here, but " + problem + "; " + remedy);
        }
        Assumptions.abort("Skipped: " + problem + "; to run it, " + remedy);
    }

    static boolean isLinux() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The full path of a command, with the directories that only root has in the search path; null when missing. */
    static @Nullable Path find(String command) {
        String path = System.getenv("PATH");
        return Stream.concat(
                        Stream.of((path == null ? "" : path).split(":", -1)),
                        Stream.of("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"))
                .filter(dir -> !dir.isBlank())
                .map(dir -> Path.of(dir, command))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable String netnsProblem() {
        if (!isLinux() || !isRoot()) {
            return "network namespaces need root on Linux";
        }
        if (find("ip") == null || find("iptables") == null) {
            return "ip or iptables is missing";
        }
        String name = "mtprobe" + ProcessHandle.current().pid();
        Exec.Result added = Exec.attempt("ip", "netns", "add", name);
        if (!added.ok()) {
            return "a network namespace can't be made: " + added.output().strip();
        }
        try {
            Exec.Result rule = Exec.attempt("ip", "netns", "exec", name, "iptables", "-w", "-S", "INPUT");
            return rule.ok() ? null : "iptables does not work: " + rule.output().strip();
        } finally {
            Exec.attempt("ip", "netns", "del", name);
        }
    }

    private static @Nullable String dockerProblem() {
        if (find("docker") == null) {
            return "no docker found";
        }
        Exec.Result info = Exec.attempt("docker", "info", "--format", "{{.ServerVersion}}");
        return info.ok()
                ? null
                : "the Docker engine does not answer: " + info.output().strip();
    }

    /** Looks for a problem once in the life of this JVM. */
    private static final class Once {
        private final Supplier<@Nullable String> check;
        private boolean done;
        private @Nullable String problem;

        Once(Supplier<@Nullable String> check) {
            this.check = check;
        }

        synchronized @Nullable String get() {
            if (!done) {
                problem = check.get();
                done = true;
            }
            return problem;
        }
    }
}
