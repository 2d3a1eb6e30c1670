package dev.managedtunnel.internal.sshconfig;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.TunnelSpec;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts what was resolved into a specification. What has no place there is noted. */
final class SpecMapper {
    /** A tunnel has one of each for the whole way. */
    private static final List<String> FOR_ALL_HOPS = List.of(
            "ciphers",
            "compression",
            "connecttimeout",
            "hostkeyalgorithms",
            "kexalgorithms",
            "macs",
            "pubkeyacceptedalgorithms",
            "serveralivecountmax",
            "serveraliveinterval");

    private static final int FEWEST_MISSED = 2;
    private static final int MOST_MISSED = 1_000;
    private static final int DEFAULT_MISSED = 3;

    private final Machine machine;
    private final Notes notes;

    SpecMapper(Machine machine, Notes notes) {
        this.machine = machine;
        this.notes = notes;
    }

    /**
     * Sets what the configuration says.
     *
     * @param route the destination, then the jump hosts on the way to it, the last of them first
     */
    void map(List<SshHost> route, TunnelSpec.Builder builder) {
        SshHost target = route.get(0);
        Gateway gateway = null;
        for (int i = route.size() - 1; i > 0; i--) {
            SshHost jump = route.get(i);
            noteWhatAHopCantHave(jump, target);
            gateway = gateway(jump, gateway)
                    .hostKeys(hostKeys(jump))
                    .credentials(new KeysMapper(jump, machine, notes).credentials());
        }
        builder.gateway(gateway(target, gateway));
        builder.hostKeys(hostKeys(target));
        builder.credentials(new KeysMapper(target, machine, notes).credentials());
        forwards(target, builder);
        keepAlive(target, builder);
        connectTimeout(target, builder);
        builder.compression(target.compression());
        builder.algorithms(algorithms(target));
    }

    private void noteWhatAHopCantHave(SshHost jump, SshHost target) {
        for (String key : FOR_ALL_HOPS) {
            ConfigLine line = jump.first(key).orElse(null);
            ConfigLine ofTarget = target.first(key).orElse(null);
            if (line != null && (ofTarget == null || !ofTarget.arguments().equals(line.arguments()))) {
                notes.add(
                        line,
                        "has no effect for the jump host " + jump.asked() + ": what holds for " + target.asked()
                                + " holds for the way there");
            }
        }
    }

    private static Gateway gateway(SshHost host, @Nullable Gateway jump) {
        Supplier<Gateway> plain = () -> Gateway.of(host.user(), host.host(), host.port());
        Gateway gateway =
                host.first("hostname").map(line -> line.checked(plain)).orElseGet(plain);
        ConfigLine alias = host.first("hostkeyalias").orElse(null);
        if (alias != null) {
            Gateway unnamed = gateway;
            gateway =
                    alias.checked(() -> unnamed.hostKeyAlias(host.hostKeyAlias().orElseThrow()));
        }
        ConfigLine bind = host.first("bindaddress").orElse(null);
        if (jump != null) {
            // ssh ignores BindAddress then, since the connection is made by the jump host.
            return gateway.via(jump);
        }
        return bind == null ? gateway : gateway.bindAddress(address(bind));
    }

    private static InetAddress address(ConfigLine line) {
        try {
            return InetAddress.getByName(line.argument());
        } catch (UnknownHostException e) {
            throw line.bad(line.argument(), "is no address; give one of this machine's");
        }
    }

    private HostKeys hostKeys(SshHost host) {
        List<Path> files = new ArrayList<>(host.userKnownHosts());
        boolean acceptNew = host.strictHostKeyChecking().equals("accept-new");
        if (acceptNew && files.isEmpty()) {
            throw none(host).wrong("leaves no file to add new keys to; name one");
        }
        files.addAll(host.globalKnownHosts());
        if (files.isEmpty()) {
            throw none(host).wrong("leaves no file to check host keys against; name one");
        }
        if (host.strictHostKeyChecking().equals("no")) {
            host.first("stricthostkeychecking")
                    .ifPresent(line -> notes.add(
                            line, "'no' is not supported: host keys are checked strictly; 'accept-new' is supported"));
        }
        Path first = files.get(0);
        Path[] more = files.subList(1, files.size()).toArray(Path[]::new);
        return acceptNew ? HostKeys.acceptNew(first, more) : HostKeys.knownHosts(first, more);
    }

    private static ConfigLine none(SshHost host) {
        return host.first("userknownhostsfile").orElseThrow();
    }

    private static void forwards(SshHost host, TunnelSpec.Builder builder) {
        Set<String> names = new HashSet<>();
        for (Forward forward : host.forwards()) {
            String name = forward.name();
            String distinct =
                    names.add(name) ? name : name + " (" + forward.listen().orElseThrow() + ")";
            names.add(distinct);
            builder.forward(forward.named(distinct));
        }
    }

    private void keepAlive(SshHost host, TunnelSpec.Builder builder) {
        ConfigLine interval = host.first("serveraliveinterval").orElse(null);
        if (interval == null) {
            return;
        }
        if (interval.time().isZero()) {
            notes.add(interval, "0 is not supported: a dead gateway would not be noticed; keep-alives stay on");
            return;
        }
        int missed = DEFAULT_MISSED;
        ConfigLine count = host.first("serveralivecountmax").orElse(null);
        if (count != null) {
            missed = count.number(0, MOST_MISSED);
            if (missed < FEWEST_MISSED) {
                notes.add(count, missed + " is not supported: a session is given up after " + FEWEST_MISSED);
                missed = FEWEST_MISSED;
            }
        }
        int most = missed;
        builder.keepAlive(
                interval.checked(() -> KeepAlive.every(interval.time()).missed(most)));
    }

    private void connectTimeout(SshHost host, TunnelSpec.Builder builder) {
        ConfigLine line = host.first("connecttimeout").orElse(null);
        if (line == null) {
            return;
        }
        Duration time = line.time();
        if (time.isZero()) {
            notes.add(line, "without a limit is not supported: a start has its usual deadline");
        } else {
            line.checked(() -> builder.connectTimeout(time));
        }
    }

    private static Algorithms algorithms(SshHost host) {
        Algorithms algorithms = Algorithms.defaults();
        algorithms = algorithms(host, "kexalgorithms", algorithms, Algorithms::keyExchange);
        algorithms = algorithms(host, "hostkeyalgorithms", algorithms, Algorithms::hostKeys);
        algorithms = algorithms(host, "pubkeyacceptedalgorithms", algorithms, Algorithms::publicKeys);
        algorithms = algorithms(host, "ciphers", algorithms, Algorithms::ciphers);
        return algorithms(host, "macs", algorithms, Algorithms::macs);
    }

    private static Algorithms algorithms(
            SshHost host, String key, Algorithms before, BiFunction<Algorithms, String, Algorithms> with) {
        return host.first(key)
                .map(line -> line.checked(() -> with.apply(before, line.argument())))
                .orElse(before);
    }
}
