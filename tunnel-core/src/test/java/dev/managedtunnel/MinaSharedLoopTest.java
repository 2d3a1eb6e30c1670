package dev.managedtunnel;

import static dev.managedtunnel.Tunnels.assertServes;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** One thread does the work of a tunnel that is up: nothing waits until one has woken another. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class MinaSharedLoopTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static TunnelSpec.Builder to(MinaServer server, String name, Target target) {
        return Tunnels.to(server, name).forward(Forward.local("127.0.0.1", target.port()));
    }

    /** Which threads of the tunnel run its loop now: they are in one of its rounds. */
    private static List<String> running(String tunnel) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("tunnel-" + tunnel + "-"))
                .filter(thread -> Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().endsWith("forward.EventLoop")
                                && frame.getMethodName().equals("round")))
                .map(thread -> thread.getKey().getName())
                .toList();
    }

    @Test
    void theSessionsReaderRunsTheLoopAndWithoutOneItsOwnThreadDoes() throws Exception {
        try (MinaServer server = MinaServer.usual();
                Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(server, "shared", echo)
                        .restart(RestartPolicy.builder()
                                .minSpacing(Duration.ofHours(1))
                                .build())
                        .build()
                        .open()) {
            assertServes(tunnel);
            await().atMost(SOON).until(() -> running("shared").equals(List.of("tunnel-shared-reader")));
            server.killSessions();
            await().atMost(SOON).until(() -> running("shared").equals(List.of("tunnel-shared-loop")));
        }
    }

    @Test
    void theNextSessionsReaderTakesItOverFromTheOneThatIsReplaced() throws Exception {
        try (MinaServer server = MinaServer.usual();
                Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(server, "replaced", echo).build().open()) {
            assertServes(tunnel);
            tunnel.restart();
            await().atMost(SOON)
                    .until(() -> tunnel.status().starts() == 2
                            && tunnel.status().sessions().size() == 1);
            await().atMost(SOON).until(() -> {
                // It asks for the loop when it has had something to read.
                assertServes(tunnel);
                return running("replaced").equals(List.of("tunnel-replaced-reader"));
            });
        }
    }
}
