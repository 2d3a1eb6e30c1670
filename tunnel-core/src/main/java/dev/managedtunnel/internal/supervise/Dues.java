package dev.managedtunnel.internal.supervise;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which sessions are to be replaced, and when. Inside the serial executor only. */
final class Dues {
    private final Map<Slot, Due> bySlot = new LinkedHashMap<>();

    /**
     * A session is to be replaced by another one to the same gateway.
     *
     * @param why for people
     */
    record Due(Slot slot, Session session, long atNanos, String why) {
        Due at(long nanos) {
            return new Due(slot, session, nanos, why);
        }
    }

    /** Instead of what was to be done with that slot's session. */
    void put(Due due) {
        bySlot.put(due.slot(), due);
    }

    void remove(Slot slot) {
        bySlot.remove(slot);
    }

    /** Whether it is still to be done. */
    boolean contains(Due due) {
        return due.equals(bySlot.get(due.slot()));
    }

    /** The first one; null when there is none. */
    @Nullable
    Due first() {
        bySlot.values().removeIf(due -> due.slot().session() != due.session());
        Due first = null;
        for (Due due : bySlot.values()) {
            if (first == null || due.atNanos() - first.atNanos() < 0) {
                first = due;
            }
        }
        return first;
    }
}
