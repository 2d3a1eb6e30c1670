package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.Lab;
import dev.managedtunnel.examples.benchmarks.lab.ProcessTree;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import dev.managedtunnel.examples.benchmarks.work.Measure;
import dev.managedtunnel.examples.benchmarks.work.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs works with clients: for each work all clients are started and warmed up, then they take turns, each round in
 * another order, and only one has anything to do at a time.
 */
final class Comparison {
    private static final double GIB = 1L << 30;
    /** How often a client whose process stays does the work before it is measured: a JVM compiles for some gigabytes. */
    private static final int WARM_UPS = 10;

    private final Lab lab;
    private final String cipher;
    private final List<Contender> contenders;
    private final int rounds;
    private final Results results;
    private final Consumer<String> progress;

    Comparison(
            Lab lab,
            String cipher,
            List<Contender> contenders,
            int rounds,
            Results results,
            Consumer<String> progress) {
        this.lab = lab;
        this.cipher = cipher;
        this.contenders = List.copyOf(contenders);
        this.rounds = rounds;
        this.results = results;
        this.progress = progress;
    }

    /** Measures one work. A client that fails does not keep the others from going on. */
    void run(Work work) throws InterruptedException {
        List<Contender> suited =
                contenders.stream().filter(each -> work.suits(each.kind())).toList();
        Map<Contender, Client> clients = new HashMap<>();
        try {
            work.prepare(lab);
            suited.forEach(contender -> results.begin(key(work, contender)));
            // the first round is for starting and warming up those whose process stays
            for (int round = work.freshClient() ? 1 : 0; round <= rounds; round++) {
                for (Contender contender : order(round, suited)) {
                    turn(work, round, contender, clients);
                }
            }
        } catch (IOException e) {
            results.note(work.name() + " is left out: " + e.getMessage());
        } finally {
            clients.values().forEach(Client::close);
        }
    }

    private Results.Key key(Work work, Contender contender) {
        return new Results.Key(cipher, work, contender);
    }

    /** Each round begins with another client. */
    private static List<Contender> order(int round, List<Contender> suited) {
        List<Contender> order = new ArrayList<>(suited);
        Collections.rotate(order, -round);
        return order;
    }

    private void turn(Work work, int round, Contender contender, Map<Contender, Client> clients)
            throws InterruptedException {
        Rounds result = results.of(key(work, contender));
        String said = "warm";
        try {
            Client client = clients.get(contender);
            if (client == null) {
                client = contender.start(lab, work.roundTripMillis());
                clients.put(contender, client);
                for (int i = 0; i < (work.freshClient() ? 1 : WARM_UPS); i++) {
                    work.warmUp(client);
                }
            }
            if (round > 0) {
                said = measure(work, client, result).toString();
            }
            if (work.freshClient()) {
                close(clients.remove(contender));
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            said = "failed: " + e.getMessage();
            result.failed(e.getMessage() == null ? e.toString() : e.getMessage());
            close(clients.remove(contender));
        }
        progress.accept(String.join(
                " ", cipher, work.name(), "round", Integer.toString(round), contender.name(), contender.java(), said));
    }

    private static void close(@Nullable Client client) {
        if (client != null) {
            client.close();
        }
    }

    private static Figures measure(Work work, Client client, Rounds result) throws Exception {
        double clientCpu = clientCpu(client);
        double serverCpu = client.server().cpuSeconds();
        Figures figures = work.run(client);
        double gib = figures.getOrElse("bytes", 0) / GIB;
        if (gib > 0 && client.processes().isPresent()) {
            figures.with(Measure.CLIENT_CPU, (clientCpu(client) - clientCpu) / gib);
            figures.with(Measure.SERVER_CPU, (client.server().cpuSeconds() - serverCpu) / gib);
        }
        figures.forEach(result::add);
        return figures;
    }

    private static double clientCpu(Client client) {
        return client.processes().map(ProcessTree::cpuSeconds).orElse(0.0);
    }
}
