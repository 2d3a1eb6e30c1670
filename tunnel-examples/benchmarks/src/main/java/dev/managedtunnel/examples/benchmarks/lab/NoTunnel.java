package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;
import java.util.List;

/** Connections straight to the targets: the most that the load, the targets and the relay can do. The
 * processor time shown for it is the relay's. */
public record NoTunnel() implements Contender {
    @Override
    public String name() {
        return "none";
    }

    @Override
    public String title() {
        return "no tunnel";
    }

    @Override
    public Kind kind() {
        return Kind.NO_TUNNEL;
    }

    @Override
    public Client start(Lab lab, int roundTripMillis) throws IOException, InterruptedException {
        if (roundTripMillis == 0) {
            return Client.none(lab, null, lab.targets());
        }
        Relay relay = lab.relay(lab.targets().get(0), roundTripMillis);
        return Client.none(lab, relay.processes(), List.of(relay.port()));
    }
}
