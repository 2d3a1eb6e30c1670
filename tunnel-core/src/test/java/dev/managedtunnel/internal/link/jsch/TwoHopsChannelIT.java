package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The same through a jump host that exchanges keys anew all the time. */
class TwoHopsChannelIT extends WindowContract {
    private OpenSshServer edge;

    @Override
    SshServer startServer() {
        return OpenSshServer.usual();
    }

    @BeforeEach
    void goThroughAJumpHost() {
        edge = OpenSshServer.builder().config("RekeyLimit 4M").start();
        rig.way = gateway -> gateway.via(Rig.jumpHost(edge));
    }

    @AfterEach
    void stopJumpHost() {
        edge.close();
    }
}
