package dev.managedtunnel.internal.link.jsch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a link's channels do, whichever server is at the other end. */
@ExtendWith(NoLeaks.class)
abstract class ChannelContract {
    SshServer server;
    Rig rig;

    abstract SshServer startServer();

    @BeforeEach
    void setUp() {
        server = startServer();
        rig = new Rig();
    }

    @AfterEach
    void tearDown() {
        rig.close();
        server.close();
    }

    static LinkChannel open(Link link, Target target, Consumer consumer) {
        LinkChannel channel = Rig.get(link.open(Rig.tcp(target), consumer));
        consumer.attach(channel);
        return channel;
    }

    static void send(LinkChannel channel, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        channel.write(bytes, 0, bytes.length);
    }

    @Test
    void carries_data_both_ways() throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = open(link, target, consumer);
            send(channel, "hello");
            consumer.awaitText("hello");
            channel.close();
            consumer.awaitEvent("closed");
            assertThat(consumer.events()).containsExactly("data", "closed");
        }
        assertThat(rig.connect(server).startPhases()).containsOnlyKeys(StartPhase.values());
    }

    @Test
    void a_cut_session_says_why_and_closes_its_channels_first() throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            open(link, target, consumer);
            TunnelException why = new TunnelException(FailureReason.PROBE_FAILED, "for a test", null);
            link.cut(why);
            assertThat(Rig.lost(link)).isSameAs(why);
            assertThat(consumer.events()).containsExactly("closed");
        }
    }
}
