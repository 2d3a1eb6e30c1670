package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lets the session starts of all tunnels of this JVM to one gateway take turns: a few are under way at a time, the others
 * wait in the order in which they came, without a thread. Two hundred tunnels that start together would otherwise meet
 * sshd's {@code MaxStartups 10:30:100}, which drops connections at random while more than ten have not logged in yet.
 * A start through jump hosts needs a place at each of them too. It takes them in one order for all starts, so that no two
 * wait for each other.
 *
 * <p>Thread-safe. One object serves one tunnel; those for the same gateway share its line.
 */
public final class StartTurns {
    /** Two JVMs with many tunnels each stay at sshd's ten. More would hardly be faster: a start costs the gateway CPU time. */
    static final int AT_ONCE = 5;

    /** Those that are not empty. Guarded by itself. */
    private static final Map<String, Line> LINES = new HashMap<>();

    /** The lines in which a place is needed, in the order in which they are taken. */
    private final List<String> places;

    private final int most;

    /** The turns at a gateway and at the jump hosts on the way; who logs in there does not matter to them. */
    public StartTurns(Gateway gateway) {
        this(places(gateway), AT_ONCE);
    }

    StartTurns(String place, int most) {
        this(List.of(place), most);
    }

    private StartTurns(List<String> places, int most) {
        this.places = places;
        this.most = most;
    }

    /** What a name means behind a jump host is that host's affair, so the way is part of the place. */
    private static List<String> places(Gateway gateway) {
        Set<String> places = new TreeSet<>();
        for (Gateway hop = gateway; hop != null; hop = hop.via().orElse(null)) {
            places.add(place(hop));
        }
        return List.copyOf(places);
    }

    private static String place(Gateway hop) {
        String place = hop.host().toLowerCase(Locale.ROOT) + " " + hop.port();
        return hop.via().map(via -> place(via) + " " + place).orElse(place);
    }

    /**
     * Asks for a turn, which lasts until {@link Turn#end()}.
     *
     * @param begin runs once when it has come, which may be at once, on this thread or the one that ended another turn;
     *     must not block. Not run when the turn is ended before; one that another thread ends in that moment may still run.
     */
    Turn ask(Runnable begin) {
        Turn turn = new Turn(begin);
        turn.advance();
        return turn;
    }

    /** Whether nobody has a turn. */
    boolean isIdle() {
        synchronized (LINES) {
            return places.stream().noneMatch(LINES::containsKey);
        }
    }

    /** The starts to one gateway. */
    private static final class Line {
        private int underWay;
        private final Set<Turn> waiting = new LinkedHashSet<>();
    }

    /** A place in a line, or at the head of all. Thread-safe. */
    final class Turn {
        private final Runnable begin;
        /** In how many lines it has a place. Guarded by LINES. */
        private int held;
        /** Guarded by LINES. */
        private boolean ended;

        private Turn(Runnable begin) {
            this.begin = begin;
        }

        /** Takes the places that are free, up to the first that is not. */
        private void advance() {
            synchronized (LINES) {
                if (ended) {
                    return;
                }
                while (held < places.size()) {
                    Line line = LINES.computeIfAbsent(places.get(held), none -> new Line());
                    if (line.underWay == most) {
                        line.waiting.add(this);
                        return;
                    }
                    line.underWay++;
                    held++;
                }
            }
            begin.run();
        }

        /** Leaves the line, or lets the next ones begin. Idempotent. */
        void end() {
            List<Turn> next = new ArrayList<>();
            synchronized (LINES) {
                if (ended) {
                    return;
                }
                ended = true;
                Line waitsIn = held < places.size() ? LINES.get(places.get(held)) : null;
                if (waitsIn != null) {
                    waitsIn.waiting.remove(this);
                }
                for (String place : places.subList(0, held)) {
                    Turn first = leave(place);
                    if (first != null) {
                        next.add(first);
                    }
                }
            }
            next.forEach(Turn::advance);
        }
    }

    /** Who gets the place, if anybody waits for it. Under the lock. */
    private static @Nullable Turn leave(String place) {
        Line line = Objects.requireNonNull(LINES.get(place));
        Iterator<Turn> behind = line.waiting.iterator();
        if (behind.hasNext()) {
            Turn next = behind.next();
            behind.remove();
            next.held++;
            return next;
        }
        line.underWay--;
        if (line.underWay == 0) {
            LINES.remove(place);
        }
        return null;
    }
}
