package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import java.io.IOException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The contract for what comes in by SOCKS5, with the JDK's own client. */
class DynamicTunnelContractIT extends LocalListenerContract {
    @Override
    SshServer newServer() {
        Requires.openSsh();
        return OpenSshServer.usual();
    }

    @Override
    Forward forwardTo(Target target) {
        return Forward.dynamic().named("for " + target.port());
    }

    @Override
    Socket connect(ManagedTunnel tunnel, Target target) throws IOException {
        Proxy socks =
                new Proxy(Proxy.Type.SOCKS, tunnel.address(forwardTo(target).name()));
        return connect(new Socket(socks), target.address());
    }

    @Override
    void assertRefused(ThrowingCallable talk) {
        assertThatThrownBy(talk).isInstanceOf(SocketException.class).hasMessage("SOCKS: Connection refused");
    }
}
