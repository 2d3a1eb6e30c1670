package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.SocksDialogue.Step;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * An accepted connection whose client has asked for its target by SOCKS. It is told that it has it, before the target's
 * first byte, or why not; all else is as with any other. Loop only.
 */
final class SocksConnection extends Connection {
    private final int version;

    SocksConnection(
            SocketChannel client, Step.Connect wanted, ForwardStats stats, Switchboard switchboard, LoopContext context)
            throws IOException {
        super(client, wanted.early(), stats, new Route.ToTarget(wanted.target()), switchboard, context);
        version = wanted.version();
    }

    @Override
    Downlink attempt() {
        Downlink down = super.attempt();
        down.tellFirst(SocksReply.GRANTED.in(version));
        return down;
    }

    @Override
    void established(LinkChannel channel, Downlink down) {
        try {
            down.drain();
            super.established(channel, down);
        } catch (IOException gone) {
            failed(gone);
        }
    }

    @Override
    void targetRefused(ChannelException why) {
        refuse(ConnectionOutcome.TARGET_REFUSED, String.valueOf(why.getMessage()), SocksReply.to(why.kind()));
    }

    @Override
    void refuse(ConnectionOutcome outcome, String detail) {
        if (isEstablished() || outcome == ConnectionOutcome.CLIENT_LEFT) {
            super.refuse(outcome, detail);
        } else {
            refuse(outcome, detail, SocksReply.to(outcome));
        }
    }

    private void refuse(ConnectionOutcome outcome, String detail, SocksReply reply) {
        end(outcome, detail, () -> linger(reply.in(version)));
    }
}
