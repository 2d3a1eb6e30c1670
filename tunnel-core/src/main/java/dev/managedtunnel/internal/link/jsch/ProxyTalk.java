package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Proxy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What passes between us and a proxy before it connects: little, so it is read byte by byte, and nothing that the gateway
 * sends behind it is swallowed. For one thread.
 */
final class ProxyTalk {
    private final Proxy proxy;
    private final Endpoint.Tcp target;
    private final Carrier carrier;
    private final Asking asking;
    private final ByteBuffer next = ByteBuffer.allocateDirect(1);

    ProxyTalk(Proxy proxy, Endpoint.Tcp target, Carrier carrier, Asking asking) {
        this.proxy = proxy;
        this.target = target;
        this.carrier = carrier;
        this.asking = asking;
    }

    Endpoint.Tcp target() {
        return target;
    }

    /** Waits for a byte. */
    int read() throws IOException {
        int count;
        try {
            count = carrier.read(next.clear(), () -> {});
        } catch (IOException e) {
            throw failure(FailureReason.UNREACHABLE, "it broke the connection off: " + e.getMessage(), e);
        }
        if (count < 0) {
            throw failure(FailureReason.UNREACHABLE, "it closed the connection without an answer");
        }
        return next.get(0) & 0xff;
    }

    /** Sends bytes and overwrites them. */
    void send(byte[] secret) throws IOException {
        try {
            carrier.write(secret, 0, secret.length);
        } finally {
            Secrets.wipe(secret);
        }
    }

    @Nullable
    String user() {
        return proxy.user().orElse(null);
    }

    /** The user's password in UTF-8, to be wiped. */
    byte[] password() {
        Supplier<char[]> supplier = proxy.password().orElseThrow();
        return Secrets.take(asking, supplier, "the password supplier of " + proxy);
    }

    StartFailure failure(FailureReason reason, String what) {
        return failure(reason, what, null);
    }

    private StartFailure failure(FailureReason reason, String what, @Nullable Throwable cause) {
        return new StartFailure(reason, proxy + ": " + what, cause);
    }
}
