package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.TunnelState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class ReportTest {
    private static final int COLUMNS = 80;

    @Test
    void theTableHasARowForEachFault() {
        String table = Report.table(List.of(
                new Report.Row("session cut", true, 12_345, 3, 0, Duration.ofMillis(1_250), Duration.ofMillis(84), 1),
                new Report.Row("server stopped for 5 s", true, 0, 4, 4, Duration.ofSeconds(20), null, 12),
                new Report.Row("4 threads for 30 s", false, 8_000, 0, 0, Duration.ofMillis(9), null, 1)));

        assertThat(table.lines())
                .containsExactly(
                        "                          answered  errors  longest wait  recovery  session starts",
                        "session cut                 12,345       3        1.25 s    0.08 s               1",
                        "server stopped for 5 s           0       4       20.00 s     never              12",
                        "4 threads for 30 s           8,000       0        0.01 s         -               1");
    }

    @Test
    void theLiveLineFitsIntoATerminalWithTheTimeBeforeIt() {
        try (Load load = new Load(new PGSimpleDataSource(), 4, Duration.ofMillis(10), connection -> {})) {
            String text = Report.live(TunnelState.BACKING_OFF, load, "123456789");

            assertThat(text).isEqualTo("BACKING_OFF      0 answered   0 errors  longest wait  0.0 s  123456789");
            assertThat("123.4 s  " + text).hasSizeLessThan(COLUMNS);
        }
    }

    @Test
    void aFaultIsSurvivedWhenANewSessionAnswersAndThePoolAlwaysHadAConnection() {
        Duration second = Duration.ofSeconds(1);

        assertThat(new Report.Row("cut", true, 9, 4, 0, second, second, 1).complaints())
                .isEmpty();
        assertThat(new Report.Row("cut", true, 0, 4, 3, second, null, 0).complaints())
                .containsExactly(
                        "cut: no query was answered afterwards",
                        "cut: 3 times the pool had no connection to give",
                        "cut: no new session was started");
    }
}
