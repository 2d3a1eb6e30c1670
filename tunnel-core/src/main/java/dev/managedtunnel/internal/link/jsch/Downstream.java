package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The two streams through which JSch hands over what comes from a target. It closes the first at the target's end, and
 * both when it is done with the channel. Called on the reader thread, and by whoever closes the channel.
 */
final class Downstream {
    private final Channel raw;
    private final JschChannel channel;

    /** The thread that opens the channel, while it does. When an open fails it closes the streams: that is no end. */
    private volatile @Nullable Thread opener;

    Downstream(Channel raw, JschChannel channel) {
        this.raw = raw;
        this.channel = channel;
    }

    void attach() {
        raw.setOutputStream(new Data());
        raw.setExtOutputStream(new Extended());
    }

    void opening(boolean is) {
        opener = is ? Thread.currentThread() : null;
    }

    private boolean byOpener() {
        return Thread.currentThread() == opener;
    }

    private final class Data extends OutputStream {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            channel.received(bytes, offset, length);
        }

        @Override
        public void close() {
            if (!byOpener() && !raw.isClosed()) {
                channel.receivedEof();
            }
        }
    }

    private final class Extended extends OutputStream {
        @Override
        public void write(int b) {
            channel.receivedExtended(1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            channel.receivedExtended(length);
        }

        @Override
        public void close() {
            if (!byOpener()) {
                channel.end();
            }
        }
    }
}
