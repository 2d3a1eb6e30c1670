package dev.managedtunnel.internal.supervise;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How a gateway behaves over time. All of it is drawn beforehand, so that asking costs nothing and quiet days pass without
 * an event. Times are those of the simulation, in nanoseconds from its beginning.
 */
final class Weather {
    /** What a gateway does at a time. */
    enum Kind {
        /** Answers at once. A start fails now and then, a session is lost now and then. */
        FINE,
        /** Answers within twice the deadline of a start. */
        SLOW,
        /** Half of the starts fail, and sessions live for minutes. */
        LOSSY,
        /** One way loses everything: starts succeed, and sessions die before they have proved themselves. */
        DYING,
        /** Refuses starts at once, and its sessions are lost. */
        REFUSING,
        /** Accepts and says nothing; its sessions are lost. */
        HANGING,
        /** Refuses logins for good, as a new host key does. */
        LOCKED;

        /** Whether no session outlives it. */
        boolean cuts() {
            return this == REFUSING || this == HANGING;
        }
    }

    private static final Kind[] BAD = {
        Kind.SLOW, Kind.LOSSY, Kind.DYING, Kind.REFUSING, Kind.HANGING, Kind.HANGING, Kind.LOCKED
    };
    private static final long NEVER = Long.MAX_VALUE / 2;

    /**
     * @param period 0 if it is like that all the time; else it is fine for the first half of each such time
     */
    private record Spell(long from, Kind kind, long period) {
        Kind at(long now) {
            return period == 0 || (now - from) % period >= period / 2 ? kind : Kind.FINE;
        }

        /** When it next begins to cut sessions, from then on; in the past when it does so already. */
        long cutsFrom(long now) {
            if (!kind.cuts()) {
                return NEVER;
            }
            if (period == 0) {
                return from;
            }
            long since = Math.max(0, now - from);
            return from + since / period * period + period / 2;
        }
    }

    private final List<Spell> spells = new ArrayList<>();
    /** The spell in which the last question was; time only goes on. */
    private int current;

    private final boolean steady;

    /** Of a gateway that takes every start, and whose sessions always live long enough to prove themselves. */
    static Weather alwaysFine() {
        return new Weather(true);
    }

    private Weather(boolean steady) {
        this.steady = steady;
        spells.add(new Spell(0, Kind.FINE, 0));
    }

    /**
     * @param pace how often a tunnel tries what fails, about: bad spells last up to some hundred tries, so that a life costs
     *     about the same whether it is one of seconds or of hours
     */
    static Weather drawn(Draws draws, Duration life, Duration pace, boolean locks) {
        Weather weather = new Weather(false);
        Duration fineFor = draws.between(Duration.ofHours(6), Duration.ofDays(8));
        long at = draws.about(fineFor).toNanos();
        if (draws.oneIn(6)) {
            // It is bad from the beginning.
            at = 0;
        }
        while (at < life.toNanos()) {
            Kind kind = BAD[draws.below(BAD.length)];
            if (kind == Kind.LOCKED && !locks) {
                kind = Kind.REFUSING;
            }
            Duration length = draws.between(Duration.ofSeconds(1), Draws.times(pace, 300));
            boolean oscillates = draws.oneIn(3);
            Duration period = Draws.longer(
                    Duration.ofMillis(100),
                    draws.between(
                            length.dividedBy(100).plusNanos(1),
                            length.dividedBy(2).plusNanos(2)));
            weather.spells.add(new Spell(at, kind, oscillates ? period.toNanos() : 0));
            at += length.toNanos();
            weather.spells.add(new Spell(at, Kind.FINE, 0));
            at += draws.about(fineFor).toNanos();
        }
        return weather;
    }

    /** It is like that from then on, for ever. */
    void settle(long now, Kind kind) {
        while (spells.get(spells.size() - 1).from() >= now && spells.size() > 1) {
            spells.remove(spells.size() - 1);
        }
        spells.add(new Spell(now, kind, 0));
        current = Math.min(current, spells.size() - 1);
    }

    boolean isSteady() {
        return steady;
    }

    Kind at(long now) {
        while (current + 1 < spells.size() && spells.get(current + 1).from() <= now) {
            current++;
        }
        return spells.get(current).at(now);
    }

    /** From when on the sessions are lost that are up now. */
    long nextCut(long now) {
        at(now);
        for (int i = current; i < spells.size(); i++) {
            long cut = spells.get(i).cutsFrom(now);
            if (cut < NEVER
                    && (i + 1 == spells.size() || cut < spells.get(i + 1).from())) {
                return cut;
            }
        }
        return NEVER;
    }
}
