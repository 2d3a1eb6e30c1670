package dev.managedtunnel.examples.jdbcpool;

/** The quick start. A placeholder until the library is there. */
public final class JdbcPool {
    private JdbcPool() {}

    /**
     * Runs the example.
     *
     * @param args options and their values
     */
    public static void main(String[] args) {
        System.out.println("jdbc-pool " + String.join(" ", args));
    }
}
