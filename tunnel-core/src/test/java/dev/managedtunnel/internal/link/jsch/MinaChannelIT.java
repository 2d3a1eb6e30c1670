package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;

class MinaChannelIT extends ChannelContract {
    @Override
    SshServer startServer() {
        return MinaServer.usual();
    }
}
