package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;

class OpenSshChannelIT extends ChannelContract {
    @Override
    SshServer startServer() {
        return OpenSshServer.usual();
    }
}
