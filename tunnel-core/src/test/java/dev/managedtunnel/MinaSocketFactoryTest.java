package dev.managedtunnel;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;

class MinaSocketFactoryTest extends SocketFactoryContract {
    @Override
    SshServer newServer() {
        return MinaServer.usual();
    }
}
