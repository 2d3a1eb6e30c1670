package dev.managedtunnel;

import dev.managedtunnel.testing.DropbearServer;
import dev.managedtunnel.testing.SshServer;

/** The contract on dropbear. */
class DropbearTunnelContractIT extends LocalListenerContract {
    @Override
    SshServer newServer() {
        return DropbearServer.usual();
    }
}
