package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.SharedLoop;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/** One session's reader that runs a loop. */
final class ReaderSeat implements SharedLoop.Seat, EventLoop.Handler {
    private final EventLoop loop;
    private volatile @Nullable SelectionKey key;
    private boolean readable;

    ReaderSeat(EventLoop loop) {
        this.loop = loop;
    }

    /** The loop is this thread's now. */
    void begin(SelectableChannel socket) throws ClosedChannelException {
        key = loop.register(socket, SelectionKey.OP_READ, this);
    }

    @Override
    public boolean round(boolean wait) {
        readable = false;
        if (loop.round(wait)) {
            return true;
        }
        leave();
        return false;
    }

    @Override
    public void ready(int operations) {
        readable = (operations & SelectionKey.OP_READ) != 0;
    }

    @Override
    public void failed(Exception impossible) {
        throw new IllegalStateException(impossible);
    }

    @Override
    public boolean isReadable() {
        return readable;
    }

    @Override
    public void congested(boolean is) {
        SelectionKey now = key;
        if (now != null) {
            now.interestOps(is ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    @Override
    public void wake() {
        loop.endWait();
    }

    @Override
    public void leave() {
        SelectionKey now = key;
        if (now != null) {
            key = null;
            now.cancel();
        }
        loop.handBack();
    }
}
