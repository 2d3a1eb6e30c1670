package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.ClientMain;
import dev.managedtunnel.examples.benchmarks.client.Peer;
import java.io.IOException;
import java.util.ArrayList;
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
    public Kind kind() {
        return peer.isInProcess() ? Kind.IN_PROCESS : Kind.BY_PORT;
    }

    @Override
    public Client start(Lab lab, int roundTripMillis) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(peer.name()));
        arguments.addAll(lab.access(roundTripMillis).arguments());
        String id = name + "-" + java();
        List<String> jvmOptions = new ArrayList<>(options);
        jvmOptions.addAll(peer.options(lab.cipher()));
        List<String> command = peer.needsBouncyCastle(lab.cipher())
                ? jdk.command(jvmOptions, ClientMain.class, arguments)
                : jdk.commandWithoutBouncyCastle(jvmOptions, ClientMain.class, arguments);
        return Client.java(lab, id, jdk, command);
    }
}
