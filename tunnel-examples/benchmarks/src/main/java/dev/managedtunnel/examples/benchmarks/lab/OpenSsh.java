package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.Access;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code ssh -N -L}, with nothing from the user's configuration. */
public record OpenSsh() implements Contender {
    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public String title() {
        return "ssh -L";
    }

    @Override
    public String java() {
        return "";
    }

    @Override
    public Client start(Lab lab) throws IOException, InterruptedException {
        Access access = lab.access();
        List<String> command = new ArrayList<>(List.of(
                Programs.find("ssh"),
                "-N",
                "-F",
                "none",
                "-i",
                access.identity().toString(),
                "-p",
                Integer.toString(access.port())));
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
        List<Integer> ports = new ArrayList<>();
        for (int target : access.targets()) {
            int port = Ports.free();
            ports.add(port);
            command.addAll(List.of("-L", "127.0.0.1:" + port + ":127.0.0.1:" + target));
        }
        command.add(access.user() + "@127.0.0.1");
        Child process = Child.start(name(), lab.log(name()), command);
        if (!Ports.awaitOpen(ports.get(0), Lab.START.toMillis(), process::isAlive)) {
            process.close();
            throw new IOException("ssh does not come up; see " + lab.log(name()));
        }
        return new Client(lab, process, ports);
    }
}
