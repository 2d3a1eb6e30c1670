package dev.managedtunnel.examples.benchmarks.lab;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java installation that clients run on.
 *
 * @param home its directory
 * @param version its version, such as 17.0.15
 */
public record Jdk(Path home, String version) {
    private static final Collector<CharSequence, ?, String> PATH = Collectors.joining(File.pathSeparator);
    private static final Pattern BOUNCY_CASTLE = Pattern.compile("bc(prov|pkix|util)-[^/\\\\]*[.]jar$");
    private static final Pattern TOTAL = Pattern.compile("Total +[0-9]+ +([0-9]+)");

    /** The one that runs this program. */
    public static Jdk running() {
        return new Jdk(
                Path.of(System.getProperty("java.home")),
                Runtime.version().version().stream().map(String::valueOf).collect(Collectors.joining(".")));
    }

    /**
     * The one in this directory.
     *
     * @throws IOException when there is none
     */
    public static Jdk in(Path home) throws IOException {
        Properties release = new Properties();
        try (Reader file = Files.newBufferedReader(home.resolve("release"))) {
            release.load(file);
        } catch (IOException e) {
            throw new IOException("No JDK in " + home + ": it has no file 'release'; give the directory above bin", e);
        }
        return new Jdk(home, release.getProperty("JAVA_VERSION", "unknown").replace("\"", ""));
    }

    /** The first number of the version. */
    public String feature() {
        return version.split("\\.", 2)[0];
    }

    /** The command that runs a class of this program on it. */
    List<String> command(List<String> options, Class<?> main, List<String> arguments) {
        return command(options, classPath().collect(PATH), main, arguments);
    }

    /** The same, without that library on the class path. */
    List<String> commandWithoutBouncyCastle(List<String> options, Class<?> main, List<String> arguments) {
        String classPath = classPath()
                .filter(entry -> !BOUNCY_CASTLE.matcher(entry).find())
                .collect(PATH);
        return command(options, classPath, main, arguments);
    }

    private List<String> command(List<String> options, String classPath, Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin").resolve("java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(arguments);
        return command;
    }

    /**
     * The bytes of all objects that are left after a full collection in one of its JVMs; none when it is no JDK but a JRE.
     *
     * @param pid the JVM's process
     */
    Optional<Long> liveHeap(long pid) throws IOException, InterruptedException {
        Path jcmd = home.resolve("bin").resolve("jcmd");
        if (!Files.isExecutable(jcmd)) {
            return Optional.empty();
        }
        String histogram = Programs.output(List.of(jcmd.toString(), Long.toString(pid), "GC.class_histogram"));
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IOException("jcmd gave no histogram: " + histogram);
        }
        return Optional.of(Long.valueOf(total.group(1)));
    }

    /** Where this program's own classes come from: Maven runs it within its own process, in a class loader. */
    private static Stream<String> classPath() {
        if (Jdk.class.getClassLoader() instanceof URLClassLoader loader) {
            return Arrays.stream(loader.getURLs()).map(Jdk::file);
        }
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }

    private static String file(URL url) {
        try {
            return Path.of(url.toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("Not a file on the class path: " + url, e);
        }
    }
}
