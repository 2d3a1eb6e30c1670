package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ManagedTunnel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ScreenTest {
    private final StringWriter written = new StringWriter();

    @Test
    void aLineThatStaysReplacesTheLiveLineOfATerminal() throws InterruptedException {
        CountDownLatch refreshed = new CountDownLatch(2);
        try (Screen screen = new Screen(new PrintWriter(written), true)) {
            screen.live(() -> {
                refreshed.countDown();
                return "live";
            });
            // the second refresh begins when the first is on the screen
            assertThat(refreshed.await(10, TimeUnit.SECONDS)).isTrue();
            screen.print("stays");
        }

        assertThat(written.toString())
                .matches("(?s)(\\r +[0-9.]+ s  live)+\\r +\\rstays\\R.*")
                .doesNotContain("live\n");
    }

    @Test
    void elsewhereTheLiveLineIsALineLikeOthers() throws InterruptedException {
        CountDownLatch refreshed = new CountDownLatch(2);
        try (Screen screen = new Screen(new PrintWriter(written), false)) {
            screen.live(() -> {
                refreshed.countDown();
                return "live";
            });
            assertThat(refreshed.await(10, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(written.toString()).matches("( +[0-9.]+ s  live\\R)+");
    }

    @Test
    void theTunnelsLogIsShownUntilTheScreenIsClosed() {
        try (Screen screen = new Screen(new PrintWriter(written), true)) {
            LoggerFactory.getLogger(ManagedTunnel.class).info("{}: up", "orders");
            screen.print("end");
        }
        LoggerFactory.getLogger(ManagedTunnel.class).info("not shown");

        assertThat(written.toString()).matches(" +[0-9.]+ s  orders: up\\Rend\\R");
    }
}
