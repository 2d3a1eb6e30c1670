package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Has what one socket reads acknowledged at once, where the system can. Many servers send small packets with Nagle's delay, each only when the last is acknowledged, and a client's system takes up
 * to 40 ms for that. It has to be asked again each time, as it soon falls back. Thread-safe.
 */
final class QuickAck {
    private final SocketChannel channel;
    private final @Nullable SocketOption<Boolean> option;
    /** What was read last needs no acknowledgement of its own: something was sent since, or is about to be. */
    private volatile boolean given;

    QuickAck(SocketChannel channel) {
        this.channel = channel;
        option = optionOf(channel);
    }

    /** By its name, since it is the JDK's own and Linux's only. */
    @SuppressWarnings("unchecked")
    private static @Nullable SocketOption<Boolean> optionOf(SocketChannel channel) {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals("TCP_QUICKACK") && option.type() == Boolean.class) {
                return (SocketOption<Boolean>) option;
            }
        }
        return null;
    }

    /** Something was read, or what was to be sent was not. */
    void due() {
        given = false;
    }

    /** Something is sent, which acknowledges too. */
    void sent() {
        given = true;
    }

    /** Acknowledges at once what is due. */
    void give() {
        if (option != null && !given) {
            given = true;
            try {
                channel.setOption(option, true);
            } catch (IOException ended) {
                // The read will say so.
            }
        }
    }
}
