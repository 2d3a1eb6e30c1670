package dev.managedtunnel;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;

/** On a real sshd, which asks for new keys all the time. */
class OpenSshSocketFactoryIT extends SocketFactoryContract {
    @Override
    SshServer newServer() {
        Requires.openSsh();
        return OpenSshServer.builder().config("RekeyLimit 4M").start();
    }
}
