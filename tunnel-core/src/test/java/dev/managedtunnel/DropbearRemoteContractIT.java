package dev.managedtunnel;

import dev.managedtunnel.testing.DropbearServer;
import dev.managedtunnel.testing.SshServer;

/** The contract for remote forwards on dropbear. */
class DropbearRemoteContractIT extends RemoteListenerContract {
    @Override
    SshServer newServer() {
        return DropbearServer.usual();
    }
}
