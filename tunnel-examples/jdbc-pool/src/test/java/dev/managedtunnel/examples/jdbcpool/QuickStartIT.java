package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class QuickStartIT {
    @Test
    @Timeout(60)
    void everyFaultIsSurvivedWithinAMinute() {
        Program demonstration = Program.run();

        assertThat(demonstration.err()).isEmpty();
        assertThat(demonstration.out())
                .containsPattern(row("session cut"))
                .containsPattern(row("server stopped for 5 s"))
                .containsPattern(row("server frozen for 6 s"))
                .containsPattern(
                        "Transactions: [\\d,]+ confirmed, [\\d,]+ in the database, the sum of their amounts is 0\\.")
                .contains("All faults were survived.");
        assertThat(demonstration.exitCode()).isZero();
    }

    /** Answered, errors, longest wait, recovery, at least one session start. */
    private static Pattern row(String name) {
        return Pattern.compile("(?m)^" + name + " +[\\d,]*[1-9][\\d,]* +\\d+ +[\\d.]+ s +[\\d.]+ s +[1-9]\\d*$");
    }
}
