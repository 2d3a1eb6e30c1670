package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinaChannelIT extends WindowContract {
    @Override
    SshServer startServer() {
        return MinaServer.usual();
    }

    private MinaServer mina() {
        return (MinaServer) server;
    }

    private static ChannelException failure(CompletableFuture<LinkChannel> opening) {
        return (ChannelException) catchThrowable(() -> opening.get(20, java.util.concurrent.TimeUnit.SECONDS))
                .getCause();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1; did not allow db:5432 (ADMINISTRATIVELY_PROHIBITED: see the server's AllowTcpForwarding and PermitOpen)",
                "2; did not reach db:5432 (CONNECT_FAILED)",
                "3; did not know this kind of forward to db:5432 (UNKNOWN_CHANNEL_TYPE)",
                "4; did not have the means to reach db:5432 (RESOURCE_SHORTAGE)",
                "0; did not reach db:5432 (code 0)",
                "77; did not reach db:5432 (code 77)",
            })
    void eachRefusalHasItsText(int code, String text) {
        mina().refuseTargets(code, "because");
        Link link = rig.connect(server);
        ChannelException failure = failure(link.open(new Endpoint.Tcp("db", 5432), Consumer.counting()));
        assertThat(failure.kind())
                .isEqualTo(code == 1 ? ChannelException.Kind.PROHIBITED : ChannelException.Kind.REFUSED);
        assertThat(failure).hasMessage("gateway tunnel@%s:%d %s".formatted(server.host(), server.port(), text));
    }

    @Test
    void aGatewayThatDoesNotAnswerInTimeAndDoesSoLaterLeavesNoChannelOpen() throws Exception {
        rig.channelDeadline = Duration.ofMillis(500);
        try (Target target = Target.tcp(Targets.greetThenEcho("hello"))) {
            Link link = rig.connect(server);
            mina().relay().stall(Direction.TO_CLIENT);
            Consumer consumer = Consumer.keeping();
            ChannelException failure = failure(link.open(Rig.tcp(target), consumer));
            assertThat(failure.kind()).isEqualTo(ChannelException.Kind.TIMED_OUT);
            assertThat(failure)
                    .hasMessage("gateway tunnel@%s:%d did not answer the request for %s:%d within 500 ms"
                            .formatted(server.host(), server.port(), target.host(), target.port()));
            target.awaitAccepted(1, Rig.SOON);
            mina().relay().resume();
            target.awaitOpen(0, Rig.SOON);
            assertThat(consumer.events()).isEmpty();
        }
    }
}
