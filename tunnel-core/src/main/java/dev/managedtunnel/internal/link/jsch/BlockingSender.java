package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out through JSch's public API, where it can't be reached into. JSch's writes block while a target's window is
 * exhausted and its opens until there is an answer, so each takes a thread. A channel has one write under way at most;
 * what comes meanwhile is refused. Small packets have a lane of their own: they must not wait for a writer.
 */
final class BlockingSender implements Sender {
    /** How many deadlines JSch waits: a gateway's TCP connect to a dead target takes it 127 s to give up. */
    private static final int PATIENCE = 5;

    /** How long a write under way may hold up the close of its channel. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(BlockingSender.class);

    private final String tunnel;
    private final Session session;
    private final Wire wire;
    private final Pulse pulse;
    private final Executor threads;
    private final Scheduler scheduler;
    private final Duration channelDeadline;
    private final ControlLane lane;
    private final Map<Channel, Writer> writers = new ConcurrentHashMap<>();
    /** Channels that a thread waits for in JSch. */
    private final Set<Channel> awaited = ConcurrentHashMap.newKeySet();

    BlockingSender(JschSettings settings, Session session, Wire wire, Pulse pulse) {
        tunnel = settings.spec().name();
        this.session = session;
        this.wire = wire;
        this.pulse = pulse;
        threads = settings.writers();
        scheduler = settings.scheduler();
        channelDeadline = settings.channelDeadline();
        lane = new ControlLane(tunnel);
    }

    @Override
    public void open(ChannelOpening opening, Channel raw) {
        try {
            raw.setLocalWindowSizeMax(ChannelWindow.INITIAL);
            raw.setLocalPacketSize(PACKET);
            writers.put(raw, new Writer(raw.getOutputStream()));
        } catch (JSchException | IOException e) {
            LOG.debug("{}: JSch's own window is not set", tunnel, e);
        }
        // When its time-out is over JSch forgets the channel, so that one confirmed later would stay open on the
        // gateway.
        threads.execute(() -> {
            awaited.add(raw);
            try {
                opening.connect(channelDeadline.multipliedBy(PATIENCE));
            } finally {
                awaited.remove(raw);
            }
        });
    }

    @Override
    public boolean confirmed(Channel raw) {
        return raw.isConnected();
    }

    @Override
    public void received(Channel raw) {
        // JSch refills its window by itself.
    }

    @Override
    public int data(Channel raw, byte[] bytes, int offset, int length, JschChannel waiter) throws IOException {
        Writer writer = writers.get(raw);
        if (writer == null || raw.isClosed()) {
            throw new IOException("the channel is closed");
        }
        return writer.offer(bytes, offset, length, waiter) ? length : 0;
    }

    @Override
    public void eof(Channel raw) {
        Writer writer = writers.get(raw);
        if (writer != null) {
            writer.close();
        }
    }

    @Override
    public void credit(Channel raw, int bytes) {
        // JSch has done it.
    }

    @Override
    public void close(Channel raw, JschChannel channel) {
        Runnable disconnect = () -> lane.execute(() -> {
            raw.disconnect();
            writers.remove(raw);
            channel.end();
        });
        Writer writer = writers.get(raw);
        if (writer == null || !writer.afterwards(disconnect)) {
            disconnect.run();
        }
    }

    @Override
    public void ping(Runnable answered) {
        // JSch does not say when the answer comes. Mostly it is what comes next.
        pulse.onNextSign(answered);
        lane.execute(() -> {
            try {
                session.sendKeepAliveMsg();
            } catch (Exception e) {
                LOG.debug("{}: no keep-alive sent, the session ends: {}", tunnel, e.toString());
            }
        });
    }

    @Override
    public void turn() {
        // Threads wait for what others look for there.
    }

    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public void forget(Channel raw, JschChannel waiter) {
        writers.remove(raw);
    }

    @Override
    public void end() {
        lane.close();
        writers.clear();
        awaited.forEach(BlockingSender::wake);
    }

    /** JSch leaves those who wait for an answer asleep when the session ends. */
    private static void wake(Channel raw) {
        synchronized (raw) {
            raw.notifyAll();
        }
    }

    /** One channel's writes, one at a time. */
    private final class Writer {
        private final OutputStream out;
        /** Guarded by this. */
        private boolean writing;
        /** Somebody was refused meanwhile. Guarded by this. */
        private boolean refused;
        /** Nothing comes after what is being written. Guarded by this. */
        private boolean ending;
        /** Closes the channel. Guarded by this. */
        private @Nullable Runnable last;
        /** Closes it all the same, when that write takes too long. Guarded by this. */
        private @Nullable Timer impatience;

        Writer(OutputStream out) {
            this.out = out;
        }

        synchronized boolean offer(byte[] bytes, int offset, int length, JschChannel waiter) {
            if (writing) {
                refused = true;
                return false;
            }
            writing = true;
            byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
            threads.execute(() -> write(copy, waiter));
            return true;
        }

        private void write(byte[] bytes, JschChannel waiter) {
            wire.awaitRoom();
            try {
                out.write(bytes);
                out.flush();
            } catch (IOException e) {
                LOG.trace("{}: the channel has ended, as its sink is told", tunnel, e);
            }
            boolean tell;
            synchronized (this) {
                tell = refused;
                refused = false;
                writing = false;
                if (last != null) {
                    Objects.requireNonNull(impatience).cancel();
                    last.run();
                } else if (ending) {
                    threads.execute(this::end);
                }
            }
            if (tell) {
                waiter.writable();
            }
        }

        /** Has that done after the write that is under way, or soon; false when there is none. */
        synchronized boolean afterwards(Runnable disconnect) {
            if (writing) {
                last = disconnect;
                impatience = scheduler.schedule(LAST_WRITE, disconnect);
            }
            return writing;
        }

        synchronized void close() {
            ending = true;
            if (!writing) {
                threads.execute(this::end);
            }
        }

        private void end() {
            try {
                out.close();
            } catch (IOException e) {
                LOG.trace("{}: the channel has ended, as its sink is told", tunnel, e);
            }
        }
    }
}
