package dev.managedtunnel;

import java.time.Duration;
import java.util.function.Consumer;

/** The faults of the table in {@code docs/performance.md}. */
enum Fault {
    SESSION_KILLED("session process killed", Duration.ZERO, lab -> lab.server().killSessions(), lab -> {}),
    SERVER_GONE(
            "sshd gone for 3 s",
            Duration.ofSeconds(3),
            lab -> lab.server().stop(),
            lab -> lab.server().start()),
    LONG_DROP(
            "all packets dropped for 8 s",
            Duration.ofSeconds(8),
            lab -> lab.netNs().drop(),
            lab -> lab.netNs().heal()),
    SHORT_DROP(
            "all packets dropped for 0.4 s",
            Duration.ofMillis(400),
            lab -> lab.netNs().drop(),
            lab -> lab.netNs().heal()),
    SESSION_STOPPED(
            "session process stopped", Duration.ZERO, lab -> lab.server().freeze(), lab -> {}),
    TARGET_DOWN(
            "target down for 3 s",
            Duration.ofSeconds(3),
            lab -> lab.target().stop(),
            lab -> lab.target().start());

    private final String title;
    private final Duration lasts;
    private final Consumer<OutageLab> begin;
    private final Consumer<OutageLab> end;

    Fault(String title, Duration lasts, Consumer<OutageLab> begin, Consumer<OutageLab> end) {
        this.title = title;
        this.lasts = lasts;
        this.begin = begin;
        this.end = end;
    }

    /** Its row in the table. */
    String title() {
        return title;
    }

    /** How long it lasts; zero for those that are one blow, after which nothing has to be put right. */
    Duration lasts() {
        return lasts;
    }

    /** Has taken full effect when it returns. */
    void begin(OutageLab lab) {
        begin.accept(lab);
    }

    /** All is well again when it returns. */
    void end(OutageLab lab) {
        end.accept(lab);
    }

    @Override
    public String toString() {
        return title;
    }
}
