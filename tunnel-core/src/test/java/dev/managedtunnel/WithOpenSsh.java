package dev.managedtunnel;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests that share one usual OpenSSH server. */
abstract class WithOpenSsh {
    static OpenSshServer server;

    @BeforeAll
    static void startServer() {
        Requires.openSsh();
        server = OpenSshServer.usual();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }
}
