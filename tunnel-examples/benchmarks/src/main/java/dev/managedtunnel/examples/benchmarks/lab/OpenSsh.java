package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.Access;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ssh -N}, with nothing from the user's configuration.
 *
 * @param option the kind of forward: {@code -L} or {@code -R}
 */
public record OpenSsh(String name, String option) implements Contender {
    /** The one that all are compared with. */
    public static OpenSsh local() {
        return new OpenSsh("ssh", "-L");
    }

    /** With ports of the gateway, which is the same machine here. */
    public static OpenSsh remote() {
        return new OpenSsh("ssh-r", "-R");
    }

    @Override
    public String title() {
        return "ssh " + option;
    }

    @Override
    public Kind kind() {
        return Kind.BY_PORT;
    }

    @Override
    public Client start(Lab lab, int roundTripMillis) throws IOException, InterruptedException {
        Access access = lab.access(roundTripMillis);
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < access.targets().size(); i++) {
            ports.add(Ports.free());
        }
        List<String> command = command(access, ports);
        long start = System.nanoTime();
        Child process = Child.start(name(), lab.log(name()), command);
        if (!Ports.awaitOpen(ports.get(0), Lab.START.toMillis(), process::isAlive)) {
            process.end();
            throw new IOException("ssh does not come up; see " + lab.log(name()));
        }
        return Client.program(lab, process, ports, Duration.ofNanos(System.nanoTime() - start));
    }

    private List<String> command(Access access, List<Integer> ports) throws IOException {
        List<String> command = new ArrayList<>(List.of(Programs.find("ssh"), "-N", "-F", "none"));
        command.addAll(List.of("-p", Integer.toString(access.port())));
        command.addAll(List.of("-i", access.identity().toString()));
        for (String option : List.of(
                "UserKnownHostsFile=" + access.knownHosts(),
                "GlobalKnownHostsFile=/dev/null",
                "StrictHostKeyChecking=yes",
                "IdentitiesOnly=yes",
                "IdentityAgent=none",
                "BatchMode=yes",
                "ExitOnForwardFailure=yes")) {
            command.addAll(List.of("-o", option));
        }
        for (int i = 0; i < ports.size(); i++) {
            String listen = "127.0.0.1:" + ports.get(i);
            command.addAll(
                    List.of(option, listen + ":127.0.0.1:" + access.targets().get(i)));
        }
        command.add(access.user() + "@127.0.0.1");
        return command;
    }
}
