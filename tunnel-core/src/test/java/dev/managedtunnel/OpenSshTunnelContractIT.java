package dev.managedtunnel;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;

class OpenSshTunnelContractIT extends TunnelContract {
    @Override
    SshServer newServer() {
        Requires.openSsh();
        return OpenSshServer.usual();
    }
}
