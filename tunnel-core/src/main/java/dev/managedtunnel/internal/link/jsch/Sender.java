package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import java.io.IOException;

/** How a session's messages leave. Thread-safe; no method blocks. */
interface Sender {
    /** What OpenSSH announces and takes; larger packets gain little and delay other channels. */
    int PACKET = 32 * 1024;

    /** Asks for the channel; the opening is settled when there is an answer. */
    void open(ChannelOpening opening, Channel raw);

    /** Whether the gateway has confirmed the channel, also when it has closed it since. */
    boolean confirmed(Channel raw);

    /** JSch hands over a packet. On the reader thread, within JSch's call. */
    void received(Channel raw);

    /**
     * Sends what the target's window and the session's socket take now. When that is less than asked, {@code waiter} hears
     * when there is room.
     *
     * @return how much was taken
     * @throws IOException when the channel or the session has ended
     */
    int data(Channel raw, byte[] bytes, int offset, int length, JschChannel waiter) throws IOException;

    /** Tells the target that nothing more comes. */
    void eof(Channel raw);

    /** Lets the target send so much more. */
    void credit(Channel raw, int bytes);

    /** Closes the channel in both directions, and ends it once JSch has let go of it. */
    void close(Channel raw, JschChannel channel);

    /**
     * Asks the server for an answer.
     *
     * @param answered run on the session's reader when it has come, or may be what has come
     */
    void ping(Runnable answered);

    /** Whether the window is as set, and is refilled by {@link #credit} only. */
    boolean holdsBack();

    /** On the session's reader, before each of its reads. */
    void turn();

    /** Nothing more happens to the channel. */
    void forget(Channel raw, JschChannel waiter);

    /** The session is down. */
    void end();
}
