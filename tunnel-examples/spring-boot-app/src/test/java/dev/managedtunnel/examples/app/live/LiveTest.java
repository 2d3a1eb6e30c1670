package dev.managedtunnel.examples.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;

/** The stream of states, on a real web server that is shut down with grace, which is Spring Boot's default. */
@Timeout(60)
class LiveTest {
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    @Import({LiveController.class, LiveTunnels.class, Pages.class})
    static class Application {}

    private final ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
            .properties("server.port=0", "server.address=127.0.0.1", "server.shutdown=graceful")
            .properties("spring.config.name=none", "spring.main.banner-mode=off", "logging.level.root=warn")
            .run();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<InputStream> open = new ArrayList<>();

    @AfterEach
    void end() throws IOException {
        for (InputStream each : open) {
            each.close();
        }
        application.close();
    }

    private HttpResponse<InputStream> open() throws Exception {
        URI live = URI.create(
                "http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port") + "/live");
        HttpResponse<InputStream> response =
                client.send(HttpRequest.newBuilder(live).build(), HttpResponse.BodyHandlers.ofInputStream());
        open.add(response.body());
        return response;
    }

    @Test
    void theStateIsSentAtOnceAndThenEverySecond() throws Exception {
        HttpResponse<InputStream> response = open();

        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
        byte[] messages = response.body().readNBytes(400);
        assertThat(new String(messages, StandardCharsets.UTF_8))
                .startsWith("data:{\"")
                .containsPattern("(?s)\"tunnels\":\\[].*\"tunnels\":\\[].*\"tunnels\":\\[]");
    }

    @Test
    void aPageThatLeavesMakesRoomForAnother() throws Exception {
        for (int i = 0; i < Pages.MOST; i++) {
            assertThat(open().statusCode()).isEqualTo(200);
        }
        assertThat(open().statusCode()).isEqualTo(503);

        open.get(0).close();

        Pages pages = application.getBean(Pages.class);
        Awaitility.await().until(() -> pages.count() < Pages.MOST);
        assertThat(open().statusCode()).isEqualTo(200);
    }

    @Test
    void openPagesDoNotHoldUpTheShutdown() throws Exception {
        InputStream page = open().body();
        open();
        long began = System.nanoTime();

        application.close();

        // with grace it would wait for them for 30 s
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        assertThat(new String(page.readAllBytes(), StandardCharsets.UTF_8)).endsWith("\n\n");
    }
}
