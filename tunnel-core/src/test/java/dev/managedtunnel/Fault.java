package dev.managedtunnel;

import java.time.Duration;

/** The faults of the table in {@code docs/performance.md}. */
enum Fault {
    SESSION_KILLED("session process killed", Duration.ZERO) {
        @Override
        void begin(OutageLab lab) {
            lab.server().killSessions();
        }
    },
    SERVER_GONE("sshd gone for 3 s", Duration.ofSeconds(3)) {
        @Override
        void begin(OutageLab lab) {
            lab.server().stop();
        }

        @Override
        void end(OutageLab lab) {
            lab.server().start();
        }
    },
    LONG_DROP("all packets dropped for 8 s", Duration.ofSeconds(8)) {
        @Override
        void begin(OutageLab lab) {
            lab.netNs().cable().drop();
        }

        @Override
        void end(OutageLab lab) {
            lab.netNs().cable().heal();
        }
    },
    SHORT_DROP("all packets dropped for 0.4 s", Duration.ofMillis(400)) {
        @Override
        void begin(OutageLab lab) {
            lab.netNs().cable().drop();
        }

        @Override
        void end(OutageLab lab) {
            lab.netNs().cable().heal();
        }
    },
    SESSION_STOPPED("session process stopped", Duration.ZERO) {
        @Override
        void begin(OutageLab lab) {
            lab.server().freeze();
        }
    },
    TARGET_DOWN("target down for 3 s", Duration.ofSeconds(3)) {
        @Override
        void begin(OutageLab lab) {
            lab.target().stop();
        }

        @Override
        void end(OutageLab lab) {
            lab.target().start();
        }
    };

    private final String title;
    private final Duration lasts;

    Fault(String title, Duration lasts) {
        this.title = title;
        this.lasts = lasts;
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
    abstract void begin(OutageLab lab);

    /** All is well again when it returns. */
    void end(OutageLab lab) {}

    @Override
    public String toString() {
        return title;
    }
}
