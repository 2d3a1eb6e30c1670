package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Lets the session starts of all tunnels of this JVM to one gateway take turns: a few are under way at a time, the others
 * wait in the order in which they came, without a thread. Two hundred tunnels that start together would otherwise meet
 * sshd's {@code MaxStartups 10:30:100}, which drops connections at random while more than ten have not logged in yet.
 *
 * <p>Thread-safe. One object serves one tunnel; those for the same gateway share its line.
 */
public final class StartTurns {
    /** Two JVMs with many tunnels each stay at sshd's ten. More would hardly be faster: a start costs the gateway CPU time. */
    static final int AT_ONCE = 5;

    /** Those that are not empty. Guarded by itself. */
    private static final Map<String, Line> LINES = new HashMap<>();

    private final String gateway;
    private final int most;

    /** The turns at a gateway; who logs in there does not matter to it. */
    public StartTurns(Gateway gateway) {
        this(gateway.host().toLowerCase(Locale.ROOT) + " " + gateway.port(), AT_ONCE);
    }

    StartTurns(String gateway, int most) {
        this.gateway = gateway;
        this.most = most;
    }

    /**
     * Asks for a turn, which lasts until {@link Turn#end()}.
     *
     * @param begin runs once when it has come, which may be at once, on this thread or the one that ended another turn;
     *     must not block. Not run when the turn is ended before; one that another thread ends in that moment may still run.
     */
    Turn ask(Runnable begin) {
        Turn turn = new Turn(begin);
        synchronized (LINES) {
            Line line = LINES.computeIfAbsent(gateway, none -> new Line());
            if (line.underWay == most) {
                line.waiting.add(turn);
                return turn;
            }
            line.underWay++;
        }
        begin.run();
        return turn;
    }

    /** Whether nobody has a turn. */
    boolean isIdle() {
        synchronized (LINES) {
            return !LINES.containsKey(gateway);
        }
    }

    /** The starts to one gateway. */
    private static final class Line {
        private int underWay;
        private final Set<Turn> waiting = new LinkedHashSet<>();
    }

    /** A place in the line, or at its head. Thread-safe. */
    final class Turn {
        private final Runnable begin;
        /** Guarded by LINES. */
        private boolean ended;

        private Turn(Runnable begin) {
            this.begin = begin;
        }

        /** Leaves the line, or lets the next one begin. Idempotent. */
        void end() {
            Turn next;
            synchronized (LINES) {
                if (ended) {
                    return;
                }
                ended = true;
                Line line = Objects.requireNonNull(LINES.get(gateway));
                if (line.waiting.remove(this)) {
                    return;
                }
                Iterator<Turn> behind = line.waiting.iterator();
                if (!behind.hasNext()) {
                    line.underWay--;
                    if (line.underWay == 0) {
                        LINES.remove(gateway);
                    }
                    return;
                }
                next = behind.next();
                behind.remove();
            }
            next.begin.run();
        }
    }
}
