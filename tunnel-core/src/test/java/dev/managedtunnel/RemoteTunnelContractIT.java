package dev.managedtunnel;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;

/** The contract for remote forwards on a real sshd. */
class RemoteTunnelContractIT extends RemoteListenerContract {
    @Override
    SshServer newServer() {
        Requires.openSsh();
        return OpenSshServer.usual();
    }
}
