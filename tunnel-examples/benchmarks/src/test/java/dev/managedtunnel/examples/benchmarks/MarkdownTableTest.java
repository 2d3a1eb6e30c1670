package dev.managedtunnel.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.NoTunnel;
import dev.managedtunnel.examples.benchmarks.lab.OpenSsh;
import dev.managedtunnel.examples.benchmarks.work.Measure;
import dev.managedtunnel.examples.benchmarks.work.Scale;
import dev.managedtunnel.examples.benchmarks.work.Work;
import dev.managedtunnel.examples.benchmarks.work.Works;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {
    private final Work upload = Works.all(new Scale(1, 1, 1, 1)).get(0);
    private final Results results = new Results();

    private Rounds rounds(Contender contender) {
        Results.Key key = new Results.Key("aes256-ctr", upload, contender);
        results.begin(key);
        return results.of(key);
    }

    private List<String> rows() {
        List<String> lines = MarkdownTable.of(results);
        assertThat(lines.get(0)).startsWith("| work | unit | client | JDK | median | lowest | highest | ratio");
        return lines.subList(2, lines.size());
    }

    @Test
    void aRowHasMedianLowestHighestAndTheRatioOfTheMedians() {
        Rounds none = rounds(new NoTunnel());
        none.add("rate", 1500);
        none.add("rate", 900);
        none.add("rate", 1000);
        Rounds ssh = rounds(OpenSsh.local());
        ssh.add("rate", 400);
        ssh.add(Measure.CLIENT_CPU, 0.5);
        ssh.add(Measure.SERVER_CPU, 0.75);

        assertThat(rows())
                .containsExactly(
                        "| upload | MB/s | no tunnel |  | 1000 | 900 | 1500 | 2.50 |  |  |",
                        "| upload | MB/s | ssh -L |  | 400 | 400 | 400 | 1.00 | 0.50 | 0.75 |");
    }

    @Test
    void aFailureIsToldInsteadOfTheFigure() {
        rounds(OpenSsh.local()).failed("it | broke");

        assertThat(rows()).containsExactly("| upload | MB/s | ssh -L |  | it / broke |  |  |  |  |  |");
    }

    @Test
    void aFailureOfOneRoundIsToldBesideTheFigure() {
        Rounds ssh = rounds(OpenSsh.local());
        ssh.add("rate", 400);
        ssh.failed("it broke");

        assertThat(rows())
                .containsExactly("| upload | MB/s | ssh -L |  | 400 (but once: it broke) | 400 | 400 | 1.00 |  |  |");
    }

    @Test
    void numbersHaveThreeDigitsThatCount() {
        assertThat(MarkdownTable.number(1234.4)).isEqualTo("1234");
        assertThat(MarkdownTable.number(12.345)).isEqualTo("12.3");
        assertThat(MarkdownTable.number(0.012345)).isEqualTo("0.0123");
        assertThat(MarkdownTable.number(0)).isEqualTo("0");
        assertThat(MarkdownTable.number(-23.44)).isEqualTo("-23.4");
    }
}
