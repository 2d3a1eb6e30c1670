package dev.managedtunnel.examples.app.demo;

import java.time.Duration;

/** What the page can do to the way to the database. */
public enum Fault {
    /** The session ends with a RST, as by a crash or a firewall. */
    KILL("kills the session", Duration.ZERO),
    /** The SSH server is gone for a while. */
    STOP("stops the SSH server for 3 s", Duration.ofSeconds(3)),
    /** The SSH server takes everything and answers nothing. Three seconds longer than the tunnel needs to notice. */
    FREEZE("freezes the SSH server for 6 s", Duration.ofSeconds(6));

    private final String inWords;
    private final Duration lasts;

    Fault(String inWords, Duration lasts) {
        this.inWords = inWords;
        this.lasts = lasts;
    }

    Duration lasts() {
        return lasts;
    }

    /** For the log. */
    String inWords() {
        return inWords;
    }
}
