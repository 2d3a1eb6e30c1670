package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.Access;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ssh -N}, with nothing from the user's configuration.
 *
 * @param title as it is shown
 * @param option the kind of forward: {@code -L} or {@code -R}
 * @param jumps whether the server is reached through itself, as a jump host
 */
public record OpenSsh(String name, String title, String option, boolean jumps) implements Contender {
    /** The one that all are compared with. */
    public static OpenSsh local() {
        return new OpenSsh("ssh", "ssh -L", "-L", false);
    }

    /** With ports of the gateway, which is the same machine here. */
    public static OpenSsh remote() {
        return new OpenSsh("ssh-r", "ssh -R", "-R", false);
    }

    /** Through two hops, both of which are this machine's server: two processes here, as {@code ssh} does it. */
    public static OpenSsh jump() {
        return new OpenSsh("ssh-j", "ssh -J", "-L", true);
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

    /** The option -J itself would not hand on where keys are. */
    private List<String> command(Access access, List<Integer> ports) throws IOException {
        List<String> command = login(access);
        if (jumps) {
            command.addAll(List.of(
                    "-o",
                    "ProxyCommand=" + String.join(" ", login(access)) + " -W [%h]:%p " + access.user() + "@127.0.0.1"));
        }
        command.add("-N");
        for (int i = 0; i < ports.size(); i++) {
            String listen = "127.0.0.1:" + ports.get(i);
            command.addAll(
                    List.of(option, listen + ":127.0.0.1:" + access.targets().get(i)));
        }
        command.add(access.user() + "@127.0.0.1");
        return command;
    }

    private static List<String> login(Access access) throws IOException {
        List<String> command = new ArrayList<>(List.of(Programs.find("ssh"), "-F", "none"));
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
        return command;
    }
}
