package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.parts.PartsMain;
import java.io.IOException;
import java.util.List;

/**
 * This library's parts, without a tunnel around them, on one JDK.
 *
 * @param jdk that measures and is measured
 */
public record PartsContender(Jdk jdk) implements Contender {
    @Override
    public String name() {
        return "parts";
    }

    @Override
    public String title() {
        return "Managed Tunnel, this part alone";
    }

    @Override
    public Kind kind() {
        return Kind.PARTS;
    }

    @Override
    public String java() {
        return jdk.feature();
    }

    @Override
    public Client start(Lab lab, int roundTripMillis) throws IOException, InterruptedException {
        String id = name() + "-" + java();
        return Client.java(lab, id, jdk, jdk.command(List.of(), PartsMain.class, List.of()));
    }
}
