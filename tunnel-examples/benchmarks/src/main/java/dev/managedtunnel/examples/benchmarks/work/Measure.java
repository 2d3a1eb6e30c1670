package dev.managedtunnel.examples.benchmarks.work;

/**
 * One figure of a work.
 *
 * @param figure its name among the figures of a round
 * @param title as it is shown
 * @param unit as it is shown
 */
public record Measure(String figure, String title, String unit) {
    /** The figure of a round that carried bytes: processor seconds of the client for each GiB. */
    public static final String CLIENT_CPU = "client-cpu";

    /** The same of the server. */
    public static final String SERVER_CPU = "server-cpu";
}
