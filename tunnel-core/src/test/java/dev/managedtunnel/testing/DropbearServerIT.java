package dev.managedtunnel.testing;

/** Dropbear as a fixture. */
class DropbearServerIT extends SshServerFixtureContract {
    @Override
    SshServer startServer() {
        return DropbearServer.usual();
    }
}
