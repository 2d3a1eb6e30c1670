package dev.managedtunnel.internal;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.forward.InProcessEntry;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tunnels of this JVM from their start to their close, for those who know one only by its name. Two may have the same
 * name; then that name does not say enough. Thread-safe.
 */
public final class OpenTunnels {
    private static final List<RealTunnel> OPEN = new CopyOnWriteArrayList<>();

    private OpenTunnels() {}

    static void add(RealTunnel tunnel) {
        OPEN.add(tunnel);
    }

    static void remove(RealTunnel tunnel) {
        OPEN.remove(tunnel);
    }

    /**
     * The one forward that is meant.
     *
     * @param name {@code tunnel/forward}, a forward, or a tunnel with only one; null goes by what is asked for
     * @param asked whose host and port are a forward's target, or whose host is such a name
     * @throws ConnectException when there is none, or several, with what there is
     */
    public static InProcessEntry find(@Nullable String name, @Nullable InetSocketAddress asked)
            throws ConnectException {
        if (name != null) {
            return only("'" + name + "'", isCalled(name));
        }
        if (asked == null) {
            throw new ConnectException("no tunnel was named, and no host and port either");
        }
        String host = asked.getHostString();
        return only(
                "'" + host + ":" + asked.getPort() + "'",
                isCalled(host).and(Candidate::hasATarget).or(leadsTo(host, asked.getPort())));
    }

    private static Predicate<Candidate> isCalled(String name) {
        return one -> name.equals(one.label())
                || name.equals(one.entry.forward().name())
                || (one.alone && name.equals(one.entry.tunnel()));
    }

    private static Predicate<Candidate> leadsTo(String host, int port) {
        return one -> one.entry.target().orElse(null) instanceof Endpoint.Tcp tcp
                && tcp.host().equalsIgnoreCase(host)
                && tcp.port() == port;
    }

    private static InProcessEntry only(String what, Predicate<Candidate> wanted) throws ConnectException {
        List<Candidate> found = candidates().filter(wanted).toList();
        if (found.size() == 1) {
            return found.get(0).entry;
        }
        if (found.isEmpty()) {
            throw new ConnectException("no forward of an open tunnel is meant by " + what + "; "
                    + (OPEN.isEmpty() ? "no tunnel is open" : "there are " + list(candidates())));
        }
        boolean namesakes = found.stream().map(Candidate::label).distinct().count() < found.size();
        throw new ConnectException(what + " may mean any of " + list(found.stream()) + "; "
                + (namesakes ? "give each open tunnel a name of its own" : "name one of them as tunnel/forward"));
    }

    private static Stream<Candidate> candidates() {
        return OPEN.stream().flatMap(tunnel -> {
            List<InProcessEntry> entries = tunnel.entries();
            return entries.stream().map(entry -> new Candidate(entry, entries.size() == 1));
        });
    }

    private static String list(Stream<Candidate> some) {
        return some.map(one -> one.label() + " ("
                        + one.entry.target().map(Endpoint::toString).orElse("any target") + ")")
                .collect(Collectors.joining(", "));
    }

    /** @param alone whether it is its tunnel's only one */
    private record Candidate(InProcessEntry entry, boolean alone) {
        String label() {
            return entry.tunnel() + "/" + entry.forward().name();
        }

        /** Else its clients name theirs, and don't mean the forward by it. */
        boolean hasATarget() {
            return entry.target().isPresent();
        }
    }
}
