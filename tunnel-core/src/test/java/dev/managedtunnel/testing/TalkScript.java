package dev.managedtunnel.testing;

import java.util.Random;

/**
 * What one side of a {@link Talk} does: which bytes it sends and how it ends. Immutable; the {@code with}-style methods
 * return changed copies.
 *
 * @param seed the {@link TestData} it sends
 * @param bytes how many
 * @param ending how it ends
 * @param after sends nothing before the end of the other side's bytes has come
 * @param enough with {@link Ending#RESET}: how many bytes of the other side it awaits
 * @param pauses the seed of the short pauses that it makes; 0 for none
 * @param deaf does not read, until the {@link Peer} is told to
 */
public record TalkScript(long seed, long bytes, Ending ending, boolean after, long enough, long pauses, boolean deaf) {

    /** How a side ends. */
    public enum Ending {
        /** Half-closes after its last byte and goes on reading to the other side's end. */
        HALF_CLOSE,
        /** Closes when everything is sent, and everything that the other side has to say has come. */
        CLOSE,
        /** Waits for the other side's end after its last byte, and closes then. */
        WAIT,
        /** Breaks the connection with a RST (closes it, on a Unix socket) when its bytes are sent and enough has come. */
        RESET
    }

    /** Sends so many bytes, then half-closes. */
    public static TalkScript sends(long seed, long bytes) {
        return new TalkScript(seed, bytes, Ending.HALF_CLOSE, false, 0, 0, false);
    }

    /** Sends without an end. */
    public static TalkScript sendsForEver(long seed) {
        return sends(seed, Long.MAX_VALUE);
    }

    /** Says nothing and waits for the other side's end. */
    public static TalkScript listens() {
        return sends(0, 0).ending(Ending.WAIT);
    }

    /** Ends in another way. */
    public TalkScript ending(Ending other) {
        return new TalkScript(seed, bytes, other, after, enough, pauses, deaf);
    }

    /** Sends only when the other side has half-closed. */
    public TalkScript afterTheOther() {
        return new TalkScript(seed, bytes, ending, true, enough, pauses, deaf);
    }

    /** Ends with a RST when its bytes are sent and so many of the other side's have come. */
    public TalkScript resetsAfter(long received) {
        return new TalkScript(seed, bytes, Ending.RESET, after, received, pauses, deaf);
    }

    /** Makes short pauses in which it neither reads nor writes. */
    public TalkScript pausing(Random random) {
        return new TalkScript(seed, bytes, ending, after, enough, random.nextLong() | 1, deaf);
    }

    /** Does not read until it is told to. */
    public TalkScript notReading() {
        return new TalkScript(seed, bytes, ending, after, enough, pauses, true);
    }
}
