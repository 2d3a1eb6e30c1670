package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that go through a deflater arrive all the same, those that it makes larger too, and with new keys meanwhile. */
@ExtendWith(NoLeaks.class)
class CompressedChannelIT {
    private static final int SIZE = 3_000_000;

    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void carriesDataBothWays(boolean reachesIntoJsch) throws Exception {
        if (!reachesIntoJsch) {
            rig.internals = null;
        }
        byte[] noise = TestData.bytes(4, SIZE);
        byte[] zeros = new byte[SIZE];
        try (OpenSshServer server =
                        OpenSshServer.builder().config("RekeyLimit 1M").start();
                Target source = Target.tcp(Targets.source(3, SIZE));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(server, spec -> spec.compression(true));
            assertThat(((JschLink) link).session().getCompressionAlgorithmC2S()).isEqualTo("zlib@openssh.com");
            Consumer down = Consumer.keeping();
            ChannelContract.open(link, source, down);
            for (byte[] bytes : Arrays.asList(noise, zeros)) {
                Consumer up = Consumer.keeping();
                LinkChannel channel = ChannelContract.open(link, sink, up);
                up.write(channel, bytes);
                channel.sendEof();
                up.awaitEvent("closed");
                assertThat(up.text()).isEqualTo(Targets.digestLine(SIZE, TestData.sha256(bytes)));
            }
            down.awaitEnd();
            assertThat(TestData.sha256(down.bytes())).isEqualTo(TestData.sha256(3, SIZE));
        }
    }
}
