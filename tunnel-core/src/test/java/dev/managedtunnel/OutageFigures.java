package dev.managedtunnel;

import dev.managedtunnel.EchoLoad.Result;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The faults of {@link Fault} under the load of {@link EchoLoad}, in alternating rounds: autossh, this library set up for
 * an application that can't wait, and this library with the restart policy it comes with. Prints a table with medians,
 * lowest and highest values. Of the broken connections those opened before the fault had taken full effect are counted
 * apart: they may have been established, and nothing can save those. {@code docs/performance.md} says how to run it.
 */
final class OutageFigures {
    private static final int ROUNDS = 5;

    /** Quick to try again, since the application is waiting; about as many starts as autossh makes. */
    private static final RestartPolicy EAGER = RestartPolicy.builder()
            .minSpacing(Duration.ofMillis(100))
            .backoff(Duration.ofMillis(100), Duration.ofMillis(300))
            .build();

    private OutageFigures() {}

    /** What keeps a tunnel up. */
    private enum Client {
        AUTOSSH("autossh") {
            @Override
            Subject start(OutageLab lab, Endpoint.Tcp target) {
                Autossh autossh = Autossh.to(lab.server(), target);
                return new Subject(autossh.address(), autossh::starts, autossh::close);
            }
        },
        EAGER("Managed Tunnel") {
            @Override
            Subject start(OutageLab lab, Endpoint.Tcp target) {
                return subject(lab.spec(target).restart(OutageFigures.EAGER).connectTimeout(Duration.ofSeconds(3)));
            }
        },
        USUAL("Managed Tunnel, default restart policy") {
            @Override
            Subject start(OutageLab lab, Endpoint.Tcp target) {
                return subject(lab.spec(target));
            }
        };

        final String title;

        Client(String title) {
            this.title = title;
        }

        abstract Subject start(OutageLab lab, Endpoint.Tcp target);

        private static Subject subject(TunnelSpec.Builder spec) {
            ManagedTunnel tunnel = spec.build().open();
            return new Subject(tunnel.address(), () -> tunnel.status().starts(), tunnel::close);
        }
    }

    /** Counts session starts. */
    @FunctionalInterface
    private interface Starts {
        long count();
    }

    /** A tunnel that is up. */
    private record Subject(InetSocketAddress address, Starts starts, Runnable stop) implements AutoCloseable {
        @Override
        public void close() {
            stop.run();
        }
    }

    /** What one fault did to one client. */
    private record Figure(
            long served,
            long refused,
            long broken,
            long brokenFromBefore,
            Duration recovery,
            Duration longest,
            long restarts) {}

    /** The first argument is the number of rounds, the others are the clients; all of them without any. */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : ROUNDS;
        List<Client> clients =
                args.length > 1 ? Stream.of(args).skip(1).map(Client::valueOf).toList() : List.of(Client.values());
        PrintStream out = System.out;
        Map<Fault, Map<Client, List<Figure>>> figures = new EnumMap<>(Fault.class);
        try (OutageLab lab = OutageLab.create()) {
            // a round that does not count: the JVM compiles, the system's caches fill
            for (Client client : clients) {
                measure(client, Fault.SESSION_KILLED, lab);
            }
            for (int round = 1; round <= rounds; round++) {
                for (Fault fault : Fault.values()) {
                    for (Client client : clients) {
                        Figure figure = measure(client, fault, lab);
                        out.printf(Locale.ROOT, "round %d, %s, %s: %s%n", round, fault, client.title, figure);
                        figures.computeIfAbsent(fault, none -> new EnumMap<>(Client.class))
                                .computeIfAbsent(client, none -> new ArrayList<>())
                                .add(figure);
                    }
                }
            }
        }
        out.println();
        out.println("JDK " + Runtime.version() + ", " + rounds + " rounds; median (lowest to highest)");
        out.println(
                "| fault | client | served | refused | broken | of them opened before | recovery, s | longest wait, s |"
                        + " restarts |");
        out.println("|---|---|---|---|---|---|---|---|---|");
        figures.forEach((fault, byClient) -> byClient.forEach((client, all) -> out.println("| " + fault.title() + " | "
                + client.title + " | "
                + String.join(
                        " | ",
                        count(all, Figure::served),
                        count(all, Figure::refused),
                        count(all, Figure::broken),
                        count(all, Figure::brokenFromBefore),
                        seconds(all, Figure::recovery),
                        seconds(all, Figure::longest),
                        count(all, Figure::restarts))
                + " |")));
    }

    private static Figure measure(Client client, Fault fault, OutageLab lab) {
        try (Subject subject = client.start(lab, lab.echo(fault))) {
            Outage outage = Outage.of(fault, lab, subject.address());
            return new Figure(
                    outage.count(Result.SERVED),
                    outage.count(Result.REFUSED),
                    outage.count(Result.BROKEN),
                    outage.brokenFromBefore().size(),
                    outage.recovery(),
                    outage.longestWait(),
                    subject.starts().count() - 1);
        } finally {
            lab.server().unfreeze();
        }
    }

    private static String count(List<Figure> all, ToDoubleFunction<Figure> value) {
        return spread(all, value, "%.0f");
    }

    private static String seconds(List<Figure> all, Function<Figure, Duration> value) {
        return spread(all, figure -> value.apply(figure).toNanos() / 1e9, "%.2f");
    }

    private static String spread(List<Figure> all, ToDoubleFunction<Figure> value, String format) {
        double[] sorted = all.stream().mapToDouble(value).sorted().toArray();
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        String low = format(format, sorted[0]);
        String high = format(format, sorted[sorted.length - 1]);
        return low.equals(high) ? low : format(format, median) + " (" + low + " to " + high + ")";
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
