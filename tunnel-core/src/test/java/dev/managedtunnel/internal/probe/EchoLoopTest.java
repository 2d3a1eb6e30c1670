package dev.managedtunnel.internal.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Probe;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may use the listener that a probe has at the gateway, and when. */
class EchoLoopTest {
    private final QuietLink link = new QuietLink();
    private final List<String> told = new ArrayList<>();

    private final ProbeSockets sockets = new ProbeSockets() {
        @Override
        public SocketFactory to(Link by, @Nullable Endpoint target, Consumer<Closeable> opened) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void echo(Link by, Offer offer, Consumer<Closeable> opened) {
            told.add("echoed");
            opened.accept(() -> told.add("closed"));
        }
    };

    private final EchoLoop loop = new EchoLoop(link, sockets);
    private final ProbeRun run = run();

    private ProbeRun run() {
        return new ProbeRun(Probe.echoLoop(), "orders", link, loop, sockets);
    }

    /** Somebody connects to the gateway's port. */
    private void connect() {
        Objects.requireNonNull(link.offers).accept(new Offer() {
            @Override
            public CompletableFuture<LinkChannel> accept(ChannelSink sink) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void refuse(String why) {
                told.add("refused");
            }
        });
    }

    private void listening() {
        link.answer = CompletableFuture.completedFuture(4711);
    }

    @Test
    void theGatewayIsAskedOnceAndItsPortIsWhereTheLoopBegins() throws Exception {
        listening();
        assertThat(run.echoLoop()).isEqualTo(Endpoint.tcp("localhost", 4711));
        assertThat(run().echoLoop()).isEqualTo(Endpoint.tcp("localhost", 4711));
        assertThat(link.asked).isEqualTo(1);
    }

    @Test
    void afterARefusalItIsAskedAgain() throws Exception {
        link.answer = CompletableFuture.failedFuture(new IOException("denied"));
        assertThatThrownBy(run::echoLoop)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not listen for the echo loop: denied")
                .hasMessageContaining("PermitListen")
                .hasRootCauseMessage("denied");
        listening();
        assertThat(run.echoLoop()).isEqualTo(Endpoint.tcp("localhost", 4711));
        assertThat(link.asked).isEqualTo(2);
    }

    @Test
    void aFewConnectionsAreTakenAndOnlyWhileACheckIsUnderWay() throws Exception {
        listening();
        var unused = run.echoLoop();
        for (int i = 0; i < 5; i++) {
            connect();
        }
        assertThat(told).containsExactly("echoed", "echoed", "echoed", "echoed", "refused");
        told.clear();
        run.cut();
        assertThat(told).containsOnly("closed").hasSize(4);
        connect();
        assertThat(told).endsWith("refused");
    }

    @Test
    void theEndOfACheckDoesNotTakeTheLoopFromTheNext() throws Exception {
        listening();
        var first = run.echoLoop();
        ProbeRun next = run();
        assertThat(next.echoLoop()).isEqualTo(first);
        loop.stop(run);
        connect();
        assertThat(told).containsExactly("echoed");
    }

    @Test
    void afterACheckNobodyIsServed() throws Exception {
        listening();
        var unused = run.echoLoop();
        run.cut();
        connect();
        assertThat(told).containsExactly("refused");
    }
}
