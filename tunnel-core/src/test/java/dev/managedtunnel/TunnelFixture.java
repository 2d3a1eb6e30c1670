package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.Target;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the cases of {@link TunnelContract} stand on, with what is different from one kind of forward to another. */
abstract class TunnelFixture extends ServerFixture {
    /** A forward of the kind that is tested, by which clients get to the target; its name is its own. */
    abstract Forward forwardTo(Target target);

    /** A client that gets to the target by that forward, on whichever side that listens. */
    abstract Socket connect(ManagedTunnel tunnel, Target target) throws IOException;

    /**
     * Asserts that the client is told that nobody listens at the target.
     *
     * @param talk connects, and reads what comes
     */
    abstract void assertRefused(ThrowingCallable talk);

    /** Asserts that an established connection is broken, and that its client can tell that from an end. */
    abstract void assertBroken(Socket client);

    /** Asserts that a client ends whose write is stuck on a link that was dead and is given up now. */
    abstract void assertStuckWriterEnds(Future<?> writer);

    /** Which way the link carries what a client sends. */
    Direction upload() {
        return Direction.TO_TARGET;
    }

    /** What has come from targets: by the session, unless they are at this end of it. */
    long downloaded(TunnelStatus status) {
        return status.bytesIn();
    }

    /** The gateway at that place, and how it is reached. */
    Gateway gateway(String host, int port) {
        return Gateway.of(server.user(), host, port);
    }

    /** What a start fails with while nobody listens at the gateway. */
    FailureReason nobodyThere() {
        return FailureReason.CONNECT_REFUSED;
    }

    TunnelSpec.Builder spec() {
        return spec(gateway(server.host(), server.port()));
    }

    TunnelSpec to(Target target) {
        return spec().forward(forwardTo(target)).build();
    }

    TunnelSpec.Builder through(FaultRelay relay, Target target) {
        return spec(gateway("127.0.0.1", relay.port())).forward(forwardTo(target));
    }

    void assertEchoes(ManagedTunnel tunnel, Target echo, String text) throws IOException {
        try (Socket client = connect(tunnel, echo)) {
            assertThat(echo(client, text)).isEqualTo(text);
        }
    }
}
