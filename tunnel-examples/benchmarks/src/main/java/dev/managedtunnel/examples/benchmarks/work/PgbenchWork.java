package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.Lab;
import dev.managedtunnel.examples.benchmarks.lab.Postgres;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.util.List;

/**
 * {@code pgbench -S} on a real PostgreSQL: 8 connections, each of which selects one row at a time.
 *
 * @param transactions of each connection
 */
record PgbenchWork(int transactions) implements Work {
    @Override
    public String name() {
        return "pgbench";
    }

    @Override
    public List<Measure> measures() {
        return List.of(new Measure("rate", "pgbench -S, 8 connections", "1/s"));
    }

    /** Another program can't get at the connections within a process. */
    @Override
    public boolean suits(Contender.Kind kind) {
        return kind == Contender.Kind.NO_TUNNEL || kind == Contender.Kind.BY_PORT;
    }

    @Override
    public void prepare(Lab lab) throws IOException, InterruptedException {
        lab.startDatabase();
    }

    @Override
    public void warmUp(Client client) throws IOException, InterruptedException {
        run(client);
    }

    @Override
    public Figures run(Client client) throws IOException, InterruptedException {
        return Figures.none().with("rate", Postgres.selects(client.databasePort(), transactions));
    }
}
