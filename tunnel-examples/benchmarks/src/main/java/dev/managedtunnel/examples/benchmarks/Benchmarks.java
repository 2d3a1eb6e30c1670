package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.Jdk;
import dev.managedtunnel.examples.benchmarks.lab.Lab;
import dev.managedtunnel.examples.benchmarks.work.Scale;
import dev.managedtunnel.examples.benchmarks.work.Work;
import dev.managedtunnel.examples.benchmarks.work.Works;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line: which works, clients and Java versions, and how much of each. Prints one table. */
@Command(
        name = "benchmarks",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "",
            "Compares Managed Tunnel with ssh -L and with other SSH libraries on this machine: one OpenSSH server, the clients"
                    + " take turns. Needs OpenSSH's ssh and sshd, and Linux for processor time and memory."
        },
        optionListHeading = "%nOptions:%n")
public final class Benchmarks implements Callable<Integer> {
    private static final long MIB = 1 << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--works", split = ",", paramLabel = "WORK", description = "Which works; default: all.")
    private List<String> works = List.of();

    @Option(names = "--clients", split = ",", paramLabel = "CLIENT", description = "Which clients; default: all.")
    private List<String> clients = List.of();

    @Option(names = "--rounds", defaultValue = "5", description = "How often each is measured; default: 5.")
    private int rounds;

    @Option(names = "--size", defaultValue = "1024", description = "MiB of a transfer; default: 1024.")
    private long mebibytes;

    @Option(
            names = "--limit",
            defaultValue = "60",
            description = "Seconds after which a transfer is cut off and rated by what has arrived; default: 60.")
    private long seconds;

    @Option(
            names = "--count",
            defaultValue = "8000",
            description =
                    "Messages of a ping-pong, and short connections; transactions are a quarter of it, pushed messages and"
                            + " idle connections an eighth; default: 8000.")
    private int count;

    @Option(
            names = "--part-millis",
            defaultValue = "1000",
            description = "Milliseconds of each run of a part alone, by JMH; default: 1000.")
    private long partMillis;

    @Option(
            names = "--ciphers",
            split = ",",
            paramLabel = "CIPHER",
            defaultValue = "aes128-gcm@openssh.com",
            description = "Ciphers, one after the other, as sshd_config(5) calls them; default: aes128-gcm@openssh.com."
                    + " The MAC is hmac-sha2-256-etm@openssh.com, for those that need one.")
    private List<String> ciphers = List.of();

    @Option(
            names = "--jdks",
            split = ",",
            paramLabel = "DIR",
            description = "Homes of the JDKs that the Java clients run on; default: the one that runs this.")
    private List<Path> jdks = List.of();

    @Option(
            names = "--client-options",
            split = " ",
            paramLabel = "OPTION",
            description = "Options of the Java clients' JVMs, separated by spaces; default: none.")
    private List<String> clientOptions = List.of();

    @Option(names = "--logs", defaultValue = "target/benchmarks", description = "Where the processes' logs go.")
    private Path logs = Path.of("");

    private Benchmarks() {}

    /**
     * Runs the comparison and ends the process.
     *
     * @param args options and their values
     */
    public static void main(String[] args) {
        // after Ctrl-C; else none is left by then
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy),
                        "end-of-processes"));
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Benchmarks()).setParameterExceptionHandler((wrong, arguments) -> {
            PrintWriter err = wrong.getCommandLine().getErr();
            err.println(wrong.getMessage());
            err.println("The option --help lists all options.");
            return CommandLine.ExitCode.USAGE;
        });
    }

    @Override
    public Integer call() throws Exception {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        List<Work> chosenWorks =
                chosen("--works", works, Works.all(new Scale(mebibytes * MIB, seconds, count, partMillis)), Work::name);
        List<Contender> chosenClients =
                chosen("--clients", clients, Contenders.all(javas(), clientOptions), Contender::name);
        removeOldLogs();
        Results results = new Results();
        for (String cipher : ciphers) {
            try (Lab lab = new Lab(cipher, logs)) {
                Comparison comparison =
                        new Comparison(lab, cipher, chosenClients, rounds, results, text -> print(line.getErr(), text));
                for (Work work : chosenWorks) {
                    // the parts alone have no cipher, so once is enough
                    if (!work.suits(Contender.Kind.PARTS) || cipher.equals(ciphers.get(0))) {
                        comparison.run(work);
                    }
                }
            }
        }
        Files.write(logs.resolve("rounds.tsv"), results.lines());
        print(line.getOut(), Machine.describe(javas()) + "\n");
        MarkdownTable.of(results).forEach(row -> print(line.getOut(), row));
        results.notes().forEach(note -> print(line.getOut(), "\n" + note));
        return CommandLine.ExitCode.OK;
    }

    /** Those of a run before; each process of this one appends to its own. */
    private void removeOldLogs() throws IOException {
        Files.createDirectories(logs);
        try (DirectoryStream<Path> old = Files.newDirectoryStream(logs, "*.log")) {
            for (Path log : old) {
                Files.delete(log);
            }
        }
    }

    private static void print(PrintWriter out, String text) {
        out.println(text);
        out.flush();
    }

    private List<Jdk> javas() throws IOException {
        List<Jdk> found = new ArrayList<>();
        for (Path home : jdks) {
            found.add(Jdk.in(home));
        }
        return found.isEmpty() ? List.of(Jdk.running()) : found;
    }

    /** Those that were named, in the order of the table; all when none was. */
    private <T> List<T> chosen(String option, List<String> names, List<T> all, Function<T, String> name) {
        List<String> known = all.stream().map(name).distinct().toList();
        Set<String> unknown = new TreeSet<>(names);
        known.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    option + ": there is no " + String.join(", ", unknown) + "; choose from "
                            + String.join(", ", known));
        }
        return all.stream()
                .filter(each -> names.isEmpty() || names.contains(name.apply(each)))
                .toList();
    }
}
