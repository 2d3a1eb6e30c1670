package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels where JSch can't be reached into: the same, but that nothing is held back. */
class BlockingChannelIT extends ChannelContract {
    @Override
    SshServer startServer() {
        return OpenSshServer.usual();
    }

    @BeforeEach
    void closeJsch() {
        rig.internals = null;
    }

    @Test
    void aConsumerThatGivesNoCreditGetsEverything() throws Exception {
        int size = 3 * ChannelWindow.INITIAL;
        try (Target target = Target.tcp(Targets.source(6, size))) {
            Consumer consumer = Consumer.stuck();
            open(rig.connect(server), target, consumer);
            consumer.awaitEnd();
            assertThat(consumer.count()).isEqualTo(size);
        }
    }
}
