package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.ClientMain;
import dev.managedtunnel.examples.benchmarks.client.Peer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A Java library on one JDK.
 *
 * @param options of its JVM; none are what its users have
 */
public record JavaContender(String name, String title, Peer peer, Jdk jdk, List<String> options) implements Contender {
    @Override
    public String java() {
        return jdk.feature();
    }

    @Override
    public Client start(Lab lab) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(peer.name()));
        arguments.addAll(lab.access().arguments());
        String id = name + "-" + java();
        Child process = Child.start(id, lab.log(id), jdk.command(options, ClientMain.class, arguments));
        try {
            String[] ready = process.answer(Lab.START).split(" ", -1);
            return new Client(
                    lab,
                    process,
                    Arrays.stream(ready).skip(1).map(Integer::valueOf).toList());
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
    }
}
