package dev.managedtunnel.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.examples.benchmarks.lab.Programs;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Runs a little of everything. What is measured then means nothing. */
class BenchmarksTest {
    @TempDir
    private Path logs;

    private record Outcome(int exitCode, String out, String err) {
        /** The cells of the rows, without the head. */
        List<List<String>> rows() {
            return out.lines()
                    .filter(line -> line.startsWith("| "))
                    .skip(1)
                    .map(line -> Arrays.stream(line.split("\\|", -1))
                            .map(String::strip)
                            .toList())
                    .toList();
        }
    }

    private Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                Benchmarks.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new Outcome(line.execute(arguments), out.toString(), err.toString());
    }

    private Outcome little(String... arguments) {
        requireOpenSsh();
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--rounds=1", "--size=2", "--count=160", "--limit=20", "--part-millis=20"));
        all.add("--logs=" + logs);
        Outcome outcome = run(all.toArray(String[]::new));
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        // a median, a lowest and a highest value each, and nothing else where they belong
        assertThat(outcome.rows())
                .as(outcome.out())
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.subList(5, 8))
                        .allSatisfy(cell -> assertThat(cell).matches("-?[0-9.]+")));
        return outcome;
    }

    /** Where everything has to run a missing program is a failure, not a reason to skip. */
    private static void requireOpenSsh() {
        boolean everything = Boolean.getBoolean("tunnel.requireAll") || "true".equalsIgnoreCase(System.getenv("CI"));
        for (String program : List.of("sshd", "ssh")) {
            if (everything) {
                assertThat(Programs.search(program)).as(program).isPresent();
            }
            Assumptions.assumeThat(Programs.search(program)).as(program).isPresent();
        }
    }

    @Test
    void everyClientCarriesBytes() {
        Outcome outcome = little("--works=both");

        assertThat(outcome.rows())
                .extracting(row -> row.get(3))
                .containsExactly(
                        "no tunnel",
                        "ssh -L",
                        "ssh -R",
                        "ssh -J",
                        "JSch",
                        "Apache MINA SSHD",
                        "sshj",
                        "Managed Tunnel",
                        "Managed Tunnel, remote forward",
                        "Managed Tunnel, two hops",
                        "Managed Tunnel, socket factory");
    }

    @Test
    void everyKindOfWorkGivesFigures() {
        Outcome outcome = little(
                "--works=up,down,ping,push,sequential,parallel,down50,stalled,idle,open", "--clients=none,ssh,managed");

        assertThat(outcome.rows())
                .filteredOn(row -> row.get(3).equals("Managed Tunnel"))
                .extracting(row -> row.get(1))
                .containsExactly(
                        "upload",
                        "download",
                        "ping-pong of 64 B, p50",
                        "ping-pong of 64 B, p99",
                        "64 B pushed every 3 ms, one way, p50",
                        "64 B pushed every 3 ms, one way, p99",
                        "open, echo, close: one by one",
                        "open, echo, close: 32 at once",
                        "download over 50 ms",
                        "echo beside a stalled reader, p99",
                        "echo beside a stalled reader, p99 to that alone",
                        "20 idle connections: heap for each",
                        "20 idle connections: resident memory for each",
                        "20 idle connections: threads more",
                        "open a tunnel, cold, to the first answer",
                        "open a tunnel, warm, to the first answer");
    }

    @Test
    void theOtherCiphersAreUsedToo() {
        Outcome outcome =
                little("--works=up", "--clients=ssh,managed", "--ciphers=aes256-ctr,chacha20-poly1305@openssh.com");

        assertThat(outcome.rows())
                .extracting(row -> row.get(1))
                .containsExactly(
                        "upload, aes256-ctr",
                        "upload, aes256-ctr",
                        "upload, chacha20-poly1305@openssh.com",
                        "upload, chacha20-poly1305@openssh.com");
    }

    @Test
    void theDatabaseIsAskedThroughTheTunnel() {
        if (Programs.search("pgbench").isPresent()) {
            assertThat(little("--works=pgbench", "--clients=none,ssh,managed").rows())
                    .hasSize(3);
        } else {
            requireOpenSsh();
            assertThat(run("--works=pgbench", "--logs=" + logs).out())
                    .contains("pgbench is left out: 'pgbench' is not installed");
        }
    }

    @Test
    void thePartsAreMeasuredAlone() {
        assertThat(little("--works=loop-ping,loop-up,loop-down,parking,backoff").rows())
                .hasSize(5);
    }

    @Test
    void aWorkThatIsNotThereIsRefused() {
        Outcome outcome = run("--works=up,sideways");

        assertThat(outcome.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(outcome.err()).startsWith("--works: there is no sideways; choose from up, down, both, ");
    }
}
