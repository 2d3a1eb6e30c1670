package dev.managedtunnel.testing;

import java.util.regex.Pattern;

/**
 * What the log of a real sshd tells about its sessions, if the server was built with {@link #LEVEL}. The log is of all
 * sessions so far, and what a session writes into it comes a moment after it was done.
 */
public final class SshdLog {

    /** The line of the configuration that makes the log say all that is asked for here. */
    public static final String LEVEL = "LogLevel DEBUG1";

    private static final Pattern REKEYED = Pattern.compile("ssh_set_newkeys: rekeying out");
    private static final Pattern OPENED = Pattern.compile("channel \\d+: new \\[?direct-");
    private static final Pattern FREED = Pattern.compile("channel \\d+: free: direct-");

    private final String text;

    private SshdLog(String text) {
        this.text = text;
    }

    /** The log so far. */
    public static SshdLog of(OpenSshServer server) {
        return new SshdLog(server.log());
    }

    /** How often keys were exchanged anew, first exchanges not counted. */
    public long rekeys() {
        return count(REKEYED);
    }

    /** How many channels to targets were opened. */
    public long opened() {
        return count(OPENED);
    }

    /** How many channels to targets are left. */
    public long open() {
        return count(OPENED) - count(FREED);
    }

    private long count(Pattern line) {
        return line.matcher(text).results().count();
    }
}
