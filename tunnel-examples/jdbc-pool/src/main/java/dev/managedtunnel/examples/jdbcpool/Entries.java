package dev.managedtunnel.examples.jdbcpool;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * What the demonstration asks of its database: mostly reads, and every tenth time a transaction of two inserts whose
 * amounts add up to nothing. So it can be told in the end whether one was lost, or done by halves.
 */
final class Entries implements Load.Work {
    private static final int READS_PER_TRANSACTION = 9;

    private static final int ROWS_AT_START = 1000;

    private final AtomicLong queries = new AtomicLong();
    private final AtomicLong committed = new AtomicLong();

    void create(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table entry (id bigserial primary key, amount bigint not null)");
            statement.execute("insert into entry (amount) select n from generate_series(1, " + ROWS_AT_START + ") n");
        }
    }

    @Override
    public void run(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (queries.incrementAndGet() % (READS_PER_TRANSACTION + 1) != 0) {
                statement.executeQuery("select amount from entry where id = 42").close();
                return;
            }
            connection.setAutoCommit(false);
            statement.execute("insert into entry (amount) values (7)");
            statement.execute("insert into entry (amount) values (-7)");
            connection.commit();
            // Only now: when the link dies under a commit, nobody can say whether the database has done it.
            committed.incrementAndGet();
        }
    }

    /** Compares what the database has with what it said it has. */
    Finding check(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select count(*) filter (where amount = 7), sum(amount)"
                        + " from entry where id > " + ROWS_AT_START)) {
            result.next();
            long there = result.getLong(1);
            long sum = result.getLong(2);
            return new Finding(
                    String.format(
                            Locale.ROOT,
                            "Transactions: %,d confirmed, %,d in the database, the sum of their amounts is %d.",
                            committed.get(),
                            there,
                            sum),
                    there >= committed.get() && sum == 0);
        }
    }

    /**
     * Whether the database has what it should have.
     *
     * @param text for people
     * @param sound false when a confirmed transaction is missing, or one was done by halves
     */
    record Finding(String text, boolean sound) {}
}
