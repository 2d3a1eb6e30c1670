package dev.managedtunnel;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;

/** The contract for remote forwards on Apache MINA SSHD. */
class MinaRemoteContractIT extends RemoteListenerContract {
    @Override
    SshServer newServer() {
        return MinaServer.usual();
    }
}
