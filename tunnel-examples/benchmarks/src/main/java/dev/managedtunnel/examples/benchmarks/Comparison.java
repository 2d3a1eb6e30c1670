package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.Results.Rounds;
import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.Lab;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import dev.managedtunnel.examples.benchmarks.work.Work;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs works with clients: for each work all clients are started and warmed up, then they take turns, each round in
 * another order, and only one has anything to do at a time.
 */
final class Comparison {
    private static final double GIB = 1L << 30;

    private final Lab lab;
    private final String cipher;
    private final List<Contender> contenders;
    private final int rounds;
    private final Results results;

    Comparison(Lab lab, String cipher, List<Contender> contenders, int rounds, Results results) {
        this.lab = lab;
        this.cipher = cipher;
        this.contenders = contenders;
        this.rounds = rounds;
        this.results = results;
    }

    /** Measures one work. A client that fails does not keep the others from going on. */
    void run(Work work) throws InterruptedException {
        Map<Contender, Client> clients = new LinkedHashMap<>();
        try {
            for (int round = 0; round <= rounds; round++) {
                for (Contender contender : order(round)) {
                    turn(work, contender, clients, round == 0);
                }
            }
        } finally {
            clients.values().forEach(Client::close);
        }
    }

    /** Each round begins with another client. */
    private List<Contender> order(int round) {
        List<Contender> order = new ArrayList<>(contenders);
        Collections.rotate(order, round);
        return order;
    }

    private void turn(Work work, Contender contender, Map<Contender, Client> clients, boolean warmUp)
            throws InterruptedException {
        Rounds result = results.of(new Results.Key(cipher, work, contender));
        try {
            Client client = clients.get(contender);
            if (client == null) {
                client = contender.start(lab);
                clients.put(contender, client);
            }
            if (warmUp) {
                work.warmUp(client);
            } else {
                measure(work, client, result);
            }
            if (work.freshClient()) {
                clients.remove(contender);
                client.close();
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            result.failed(String.valueOf(e.getMessage()));
            Client broken = clients.remove(contender);
            if (broken != null) {
                broken.close();
            }
        }
    }

    private static void measure(Work work, Client client, Rounds result) throws Exception {
        double clientCpu = client.processes().cpuSeconds();
        double serverCpu = client.server().cpuSeconds();
        Figures figures = work.run(client);
        double gib = figures.getOrElse("bytes", 0) / GIB;
        if (gib > 0) {
            result.add(Results.CLIENT_CPU, (client.processes().cpuSeconds() - clientCpu) / gib);
            result.add(Results.SERVER_CPU, (client.server().cpuSeconds() - serverCpu) / gib);
        }
        work.measures().forEach(measure -> result.add(measure.figure(), figures.get(measure.figure())));
    }
}
