package dev.managedtunnel.internal.sshconfig;

import dev.managedtunnel.TunnelSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves a destination and the jump hosts on the way to it, each as an {@code ssh} of its own would: the user's file
 * first, then the system's; of most options the first value holds. For one call.
 */
public final class SshConfig {
    private static final Logger LOG = LoggerFactory.getLogger(SshConfig.class);
    private static final int MOST_JUMPS = 16;

    private final Machine machine;
    private final @Nullable Path file;
    private final Notes notes = new Notes();

    /**
     * @param file the only file, as {@code ssh -F}; null for those of the user and the system
     */
    SshConfig(Machine machine, @Nullable Path file) {
        this.machine = machine;
        this.file = file;
    }

    /**
     * A specification with what the configuration says of a destination. What has no effect is logged, once each.
     *
     * @throws IllegalArgumentException when the configuration can't be used; the text says where and why
     */
    public static TunnelSpec.Builder spec(String name, String destination, @Nullable Path file) {
        TunnelSpec.Builder builder = TunnelSpec.builder(name);
        SshConfig config = new SshConfig(Machine.here(), file);
        config.fill(destination, builder);
        config.notes().forEach(note -> LOG.warn("{}: {}", name, note));
        return builder;
    }

    void fill(String destination, TunnelSpec.Builder builder) {
        List<SshHost> route = route(destination);
        route.forEach(host -> host.report(notes));
        new SpecMapper(machine, notes).map(route, builder);
    }

    /** What was asked for and has no effect. */
    List<String> notes() {
        return notes.all();
    }

    /** The destination, then the jump hosts on the way to it, the last of them first. */
    List<SshHost> route(String destination) {
        List<SshHost> route = new ArrayList<>();
        ConfigLine asked = new ConfigLine("ssh config", "destination", List.of(destination));
        SshHost host = host(asked, asked.checked(() -> Destination.asked(destination)), null);
        route.add(host);
        for (List<String> jumps = host.jumps(); !jumps.isEmpty(); jumps = host.jumps()) {
            ConfigLine line = host.jumpLine().orElseThrow();
            int last = jumps.size() - 1;
            String nearest = jumps.get(last);
            Destination next = line.checked(() -> Destination.jump(nearest));
            String before = last == 0 ? null : String.join(",", jumps.subList(0, last));
            host = host(line, next, before);
            refuseCircle(route, host, line);
            route.add(host);
        }
        return route;
    }

    private static void refuseCircle(List<SshHost> route, SshHost next, ConfigLine line) {
        if (route.size() > MOST_JUMPS || route.stream().anyMatch(next::isAt)) {
            throw line.wrong(
                    "leads back to " + next.asked() + "; put 'ProxyJump none' into a section for it, above this line");
        }
    }

    /** Of a jump host what is said with it counts before all lines, as on {@code ssh}'s command line. */
    private SshHost host(ConfigLine source, Destination destination, @Nullable String jumps) {
        Options options = new Options();
        preset(options, source, "User", destination.user());
        preset(options, source, "Port", destination.port());
        preset(options, source, "ProxyJump", jumps);
        String asked = destination.host();
        Criteria criteria = new Criteria(asked, options, machine, notes);
        ConfigReader reader = new ConfigReader(machine, options, criteria);
        read(reader);
        String host = options.first("hostname")
                .map(line -> Tokens.ofHostName(machine, asked).percent(line, line.argument()))
                .orElse(asked);
        host = isAddress(host) ? host : host.toLowerCase(Locale.ROOT);
        if (criteria.isFinalPassWanted()) {
            options.set(new ConfigLine(source.place(), "HostName", List.of(host)));
            criteria.beginFinalPass(host);
            read(reader);
        }
        return new SshHost(machine, asked, host, options);
    }

    private static void preset(Options options, ConfigLine source, String keyword, @Nullable String value) {
        if (value != null) {
            options.offer(new ConfigLine(source.place(), keyword, List.of(value)));
        }
    }

    private void read(ConfigReader reader) {
        if (file == null) {
            reader.user(machine.userDirectory().resolve("config"));
            reader.system();
        } else if (!reader.user(file)) {
            throw new IllegalArgumentException(
                    file + " does not exist; give the path of a file in the format of ssh_config");
        }
    }

    private static boolean isAddress(String host) {
        return Stream.of(":", "%").anyMatch(host::contains) || host.matches("[0-9.]+");
    }
}
