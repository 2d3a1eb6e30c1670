package dev.managedtunnel.testing;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One end of a {@link Talk}: sends the bytes of its script and compares what comes with those of the other side's. What
 * is public may be called from any thread; all else belongs to the thread of {@link Peers}.
 */
public final class Peer {

    private static final int TURNS = 4;
    private static final int ONE_PAUSE_IN = 24;
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

    private final Talk talk;
    private final String side;
    private final Peers peers;
    private final TalkScript script;
    private final TalkScript other;
    private final Random random;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private boolean deaf;
    private boolean eofSent;
    private boolean eofReceived;
    private long resumeAt;
    private volatile long sent;
    private volatile long received;
    private volatile boolean open;
    private volatile boolean ended;

    Peer(Talk talk, String side, Peers peers, TalkScript script, TalkScript other) {
        this.talk = talk;
        this.side = side;
        this.peers = peers;
        this.script = script;
        this.other = other;
        random = new Random(script.pauses());
        deaf = script.deaf();
    }

    /** How many bytes the system has taken from it. */
    public long sent() {
        return sent;
    }

    /** How many bytes it has received, all of them right. */
    public long received() {
        return received;
    }

    /** Whether it has ended, in whatever way. */
    public boolean hasEnded() {
        return ended;
    }

    /** Reads no more, or again. */
    public void read(boolean on) {
        peers.call(() -> {
            deaf = !on;
            peers.move(this);
        });
    }

    /** Breaks the connection, as a killed process does whose system sends a RST; both sides may see any end now. */
    public void reset() {
        talk.allowBreak();
        peers.call(() -> finish(true));
    }

    /** Closes the connection at once; both sides may see any end now. */
    public void close() {
        talk.allowBreak();
        peers.call(() -> finish(false));
    }

    /** Whether it is connected and has not ended. */
    boolean isOpen() {
        return open;
    }

    void start(SocketChannel connected, SelectionKey registered) {
        channel = connected;
        key = registered;
        open = true;
    }

    long resumeAt() {
        return resumeAt;
    }

    /** Does all that can be done now without waiting. */
    void move() {
        if (ended || channel == null || key == null) {
            return;
        }
        if (resumeAt != 0 && System.nanoTime() - resumeAt < 0) {
            return;
        }
        resumeAt = 0;
        try {
            boolean full = false;
            for (int i = 0; i < TURNS && !ended && resumeAt == 0; i++) {
                boolean read = receive(channel);
                full = send(channel);
                end(channel);
                if (!read && (full || !maySend())) {
                    break;
                }
                pause();
            }
            if (!ended) {
                key.interestOps(resumeAt != 0 ? 0 : interest());
            }
        } catch (IOException broken) {
            if (!talk.mayBreak()) {
                problem("broke with " + broken);
            }
            finish(false);
        }
    }

    private int interest() {
        return (!deaf && !eofReceived ? SelectionKey.OP_READ : 0) | (maySend() ? SelectionKey.OP_WRITE : 0);
    }

    private boolean maySend() {
        return sent < script.bytes() && (!script.after() || eofReceived);
    }

    private boolean receive(SocketChannel from) throws IOException {
        if (deaf || eofReceived) {
            return false;
        }
        byte[] scratch = peers.scratch();
        int n = from.read(ByteBuffer.wrap(scratch));
        if (n < 0) {
            eofReceived = true;
            if (received < other.bytes() && !talk.mayBreak()) {
                problem("got EOF after " + received + " of " + other.bytes() + " bytes");
            }
        } else if (n > 0) {
            byte[] expected = peers.expected();
            TestData.fill(other.seed(), received, expected, 0, n);
            int wrong = Arrays.mismatch(expected, 0, n, scratch, 0, n);
            if (wrong >= 0) {
                problem("byte " + (received + wrong) + " is wrong");
            } else if (received + n > other.bytes()) {
                problem("got " + (received + n - other.bytes()) + " bytes too many");
            }
            count(0, n);
        }
        return n > 0;
    }

    /** Tells whether the socket takes no more. */
    private boolean send(SocketChannel to) throws IOException {
        if (!maySend()) {
            return false;
        }
        byte[] bytes = peers.expected();
        int n = (int) Math.min(script.bytes() - sent, bytes.length);
        TestData.fill(script.seed(), sent, bytes, 0, n);
        int written = to.write(ByteBuffer.wrap(bytes, 0, n));
        count(written, 0);
        return written < n;
    }

    // one writer: the thread of Peers
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void count(int more, int moreReceived) {
        sent += more;
        received += moreReceived;
    }

    private void end(SocketChannel self) throws IOException {
        boolean allSent = sent == script.bytes();
        if (eofReceived && talk.mayBreak()) {
            finish(false);
            return;
        }
        switch (script.ending()) {
            case HALF_CLOSE -> {
                if (allSent && !eofSent) {
                    eofSent = true;
                    self.shutdownOutput();
                }
                if (eofSent && eofReceived) {
                    finish(false);
                }
            }
            case CLOSE -> {
                if (allSent && received == other.bytes()) {
                    finish(false);
                }
            }
            case WAIT -> {
                if (allSent && eofReceived) {
                    finish(false);
                }
            }
            case RESET -> {
                if (allSent && received >= script.enough()) {
                    finish(true);
                }
            }
        }
    }

    private void pause() {
        if (script.pauses() != 0 && random.nextInt(ONE_PAUSE_IN) == 0) {
            resumeAt = System.nanoTime() + 1 + (long) (random.nextDouble() * LONGEST_PAUSE_NANOS);
            peers.wake(this);
        }
    }

    private void problem(String text) {
        talk.problem(side + " " + text);
    }

    private void finish(boolean reset) {
        if (ended) {
            return;
        }
        ended = true;
        open = false;
        if (channel != null) {
            Peers.close(channel, reset);
        }
        talk.ended();
    }

    @Override
    public String toString() {
        return side + " sent " + sent + " of " + script.bytes() + (eofSent ? " and its end" : "") + ", received "
                + received + " of " + other.bytes() + (eofReceived ? " and the end" : "") + ", " + script.ending()
                + (ended ? ", ended" : "") + (deaf ? ", not reading" : "");
    }

    static void setReset(SocketChannel channel) throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
    }
}
