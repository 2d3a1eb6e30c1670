package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.TunnelState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The texts that are shown: the live line, and the table in the end. */
final class Report {
    private static final String CELLS = "%-24s  %8s  %6s  %12s  %8s  %14s";

    private Report() {}

    /**
     * One row of the table.
     *
     * @param name what was done
     * @param fault whether something was broken, so that there is something to recover from
     * @param unconnected those among the errors for which the pool had no connection to give
     * @param recovery until the first query was answered again; null when none was
     * @param starts how many session starts it took, failed ones included
     */
    record Row(
            String name,
            boolean fault,
            long answered,
            long errors,
            long unconnected,
            Duration longestWait,
            @Nullable Duration recovery,
            long starts) {
        /** What makes this fault one that was not survived. A statement's error does not: see the text below the table. */
        List<String> complaints() {
            List<String> complaints = new ArrayList<>();
            if (recovery == null) {
                complaints.add(name + ": no query was answered afterwards");
            }
            if (unconnected > 0) {
                complaints.add(name + ": " + unconnected + " times the pool had no connection to give");
            }
            if (starts == 0) {
                complaints.add(name + ": no new session was started");
            }
            return complaints;
        }
    }

    /** The table, a line each, without a line end after the last. */
    static String table(List<Row> rows) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT, CELLS, "", "answered", "errors", "longest wait", "recovery", "session starts"));
        for (Row row : rows) {
            text.append(System.lineSeparator())
                    .append(String.format(
                            Locale.ROOT,
                            CELLS,
                            row.name,
                            String.format(Locale.ROOT, "%,d", row.answered),
                            row.errors,
                            seconds(row.longestWait),
                            recovery(row),
                            row.starts));
        }
        return text.toString();
    }

    private static String recovery(Row row) {
        if (!row.fault) {
            return "-";
        }
        return row.recovery == null ? "never" : seconds(row.recovery);
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toNanos() / 1e9);
    }

    /**
     * The live line; with the time before it, it fits into 80 columns.
     *
     * @param phase up to nine characters
     */
    static String live(TunnelState state, Load load, String phase) {
        return String.format(
                Locale.ROOT,
                "%-11s %,6d answered  %2d errors  longest wait %4.1f s  %s",
                state,
                load.total().answered(),
                load.total().errors(),
                load.longestWait().toNanos() / 1e9,
                phase);
    }
}
