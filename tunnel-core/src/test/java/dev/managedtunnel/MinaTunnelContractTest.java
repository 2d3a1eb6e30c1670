package dev.managedtunnel;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;

class MinaTunnelContractTest extends TunnelContract {
    @Override
    SshServer newServer() {
        return MinaServer.usual();
    }
}
