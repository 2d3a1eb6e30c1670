package dev.managedtunnel.examples.jdbcpool;

import com.zaxxer.hikari.pool.HikariPool;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.examples.demoservers.DemoServers;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command line: a demonstration without options, a load on the user's own servers with them. */
@Command(
        name = "jdbc-pool",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        customSynopsis = {"jdbc-pool", "       jdbc-pool --gateway=GATEWAY --identity=FILE --jdbc=URL [OPTION...]"},
        description = {
            "",
            "A HikariCP pool whose connections to PostgreSQL go through a tunnel.",
            "",
            "Without options it starts an SSH server and a PostgreSQL on this machine, breaks the way between them three"
                    + " times, and shows what the application sees of it. With options it runs a load on your own"
                    + " servers, and breaks nothing."
        },
        optionListHeading = "%nOptions, from --gateway to --query for your own servers:%n",
        footer = {"", "Exit code: 0 all went well, 1 it did not, 2 wrong options.", "Log: target/jdbc-pool.log"})
public final class JdbcPool implements Callable<Integer> {
    private static final String VERBOSE = "--verbose";
    private static final int DEMO_THREADS = 4;
    /** Between two queries of a thread, on average. */
    private static final Duration REST = Duration.ofMillis(30);
    /** For a thread's last query: longer than it takes to notice a dead link. */
    private static final Duration LAST_ANSWER = Duration.ofSeconds(5);

    private static final String HOW_TO_READ = String.join(
            System.lineSeparator(),
            "",
            "Recovery: from the cut, or from the moment when the server was back, to the",
            "first query answered. Errors: statements that were under way when their session",
            "died. A plain SSH server can't resume them; connections that were opened during",
            "the outage waited instead.");

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final OwnServers own = new OwnServers();

    @Option(names = VERBOSE, description = "Prints a stack trace with an error.")
    private boolean verbose;

    private final boolean terminal;

    private JdbcPool(boolean terminal) {
        this.terminal = terminal;
    }

    /**
     * Runs the example and ends the process.
     *
     * @param args options and their values; none for the demonstration
     */
    public static void main(String[] args) {
        System.exit(commandLine(Screen.isTerminal()).execute(args));
    }

    static CommandLine commandLine(boolean terminal) {
        JdbcPool program = new JdbcPool(terminal);
        return new CommandLine(program)
                .setParameterExceptionHandler((wrong, arguments) -> {
                    PrintWriter err = wrong.getCommandLine().getErr();
                    err.println(wrong.getMessage());
                    err.println("The option --help lists all options.");
                    return CommandLine.ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr().println("Error: " + explain(failure));
                    if (program.verbose) {
                        failure.printStackTrace(line.getErr());
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }

    /** The failures that a user can do something about carry a text for people; of others the type matters too. */
    private static String explain(Exception failure) {
        boolean forPeople = failure instanceof TunnelException
                || failure instanceof SQLException
                || failure instanceof HikariPool.PoolInitializationException;
        return forPeople ? failure.getMessage() + rootCause(failure) : failure.toString();
    }

    /** Behind the pool's and the driver's texts the real reason is hidden; a tunnel's text says all. */
    private static String rootCause(Exception failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return failure instanceof TunnelException
                        || String.valueOf(failure.getMessage()).contains("" + root.getMessage())
                ? ""
                : " (" + root.getMessage() + ")";
    }

    @Override
    public Integer call() throws Exception {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        if (isDemonstration(line.getParseResult())) {
            try (Screen screen = new Screen(line.getOut(), terminal)) {
                return demonstrate(screen);
            }
        }
        try {
            own.check();
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(line, wrong.getMessage(), wrong);
        }
        try (Screen screen = new Screen(line.getOut(), terminal)) {
            return load(own, screen);
        }
    }

    private static boolean isDemonstration(ParseResult given) {
        return given.matchedOptions().stream()
                .allMatch(option -> option.longestName().equals(VERBOSE));
    }

    private static int demonstrate(Screen screen) throws Exception {
        screen.line("starting an SSH server and a PostgreSQL on this machine");
        try (DemoServers servers = new DemoServers()) {
            Faults faults = TunneledPool.use(Target.of(servers), DEMO_THREADS, (tunnel, pool) -> {
                Entries entries = new Entries();
                entries.create(pool);
                try (Load load = new Load(pool, DEMO_THREADS, REST, entries)) {
                    Faults script = new Faults(servers, tunnel, load, screen);
                    load.start();
                    screen.live(() -> Report.live(tunnel.state(), load, script.phase()));
                    script.run();
                    load.stop(LAST_ANSWER);
                    screen.endLive();
                    script.conclude(entries.check(pool));
                    return script;
                }
            });
            screen.print("");
            screen.print(Report.table(faults.rows()));
            screen.print(HOW_TO_READ);
            screen.print(faults.finding());
            faults.complaints().forEach(complaint -> screen.print("NOT SURVIVED: " + complaint));
            if (faults.complaints().isEmpty()) {
                screen.print("All faults were survived.");
            }
            return faults.complaints().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private static int load(OwnServers servers, Screen screen) throws Exception {
        Target target = servers.target();
        screen.line("opening a tunnel to " + target);
        screen.live(() -> "waiting for the first connection");
        String complaint = TunneledPool.use(target, servers.threads(), (tunnel, pool) -> {
            try (Load load = new Load(pool, servers.threads(), REST, servers::query)) {
                load.start();
                screen.live(() -> Report.live(tunnel.state(), load, "load"));
                Thread.sleep(servers.duration().toMillis());
                boolean answered = load.stop(LAST_ANSWER);
                screen.endLive();
                Load.Window total = load.total();
                screen.print("");
                screen.print(Report.table(List.of(new Report.Row(
                        servers.threads() + " threads for " + servers.duration().toSeconds() + " s",
                        false,
                        total.answered(),
                        total.errors(),
                        total.unconnected(),
                        total.longestWait(),
                        null,
                        tunnel.status().starts()))));
                return answered ? "" : load.lastError() + System.lineSeparator() + tunnel.status();
            }
        });
        if (complaint.isEmpty()) {
            return CommandLine.ExitCode.OK;
        }
        screen.print("NOT WELL: the last query of a thread was not answered: " + complaint);
        return CommandLine.ExitCode.SOFTWARE;
    }
}
