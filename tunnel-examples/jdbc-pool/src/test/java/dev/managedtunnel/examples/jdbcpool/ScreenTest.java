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
    void a_line_that_stays_replaces_the_live_line_of_a_terminal() throws InterruptedException {
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
    void elsewhere_the_live_line_is_a_line_like_others() throws InterruptedException {
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
    void the_tunnels_log_is_shown_until_the_screen_is_closed() {
        try (Screen screen = new Screen(new PrintWriter(written), true)) {
            LoggerFactory.getLogger(ManagedTunnel.class).info("{}: up", "orders");
            screen.print("end");
        }
        LoggerFactory.getLogger(ManagedTunnel.class).info("not shown");

        assertThat(written.toString()).matches(" +[0-9.]+ s  orders: up\\Rend\\R");
    }
}
