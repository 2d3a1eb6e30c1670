package dev.managedtunnel.examples.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;

/** The stream of states, on a real web server that is shut down with grace, which is Spring Boot's default. The tests go on from each other. */
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LiveTest {
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
    @Import({LiveController.class, LiveTunnels.class, Pages.class})
    static class Application {}

    private static final List<InputStream> open = new ArrayList<>();
    private static ConfigurableApplicationContext application;

    @BeforeAll
    static void start() {
        application = new SpringApplicationBuilder(Application.class)
                .properties("server.port=0", "server.address=127.0.0.1", "server.shutdown=graceful")
                .properties("spring.lifecycle.timeout-per-shutdown-phase=1h")
                .properties("spring.config.name=none", "spring.main.banner-mode=off", "logging.level.root=warn")
                .run();
    }

    @AfterAll
    static void end() throws IOException {
        for (InputStream each : open) {
            each.close();
        }
        application.close();
    }

    private HttpResponse<InputStream> open() throws Exception {
        URI live = URI.create(
                "http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port") + "/live");
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(live).build(), HttpResponse.BodyHandlers.ofInputStream());
        open.add(response.body());
        return response;
    }

    @Test
    @Order(1)
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
    @Order(2)
    void aPageThatLeavesMakesRoomForAnother() throws Exception {
        for (int i = open.size(); i < Pages.MOST; i++) {
            assertThat(open().statusCode()).isEqualTo(200);
        }
        assertThat(open().statusCode()).isEqualTo(503);
        open.remove(open.size() - 1);

        open.remove(0).close();

        Pages pages = application.getBean(Pages.class);
        Awaitility.await().until(() -> pages.count() < Pages.MOST);
        assertThat(open().statusCode()).isEqualTo(200);
    }

    @Test
    @Order(3)
    void openPagesDoNotHoldUpTheShutdown() throws Exception {
        assertThat(application.getBean(Pages.class).count()).isEqualTo(Pages.MOST);

        application.close(); // would take an hour

        byte[] rest = open.get(open.size() - 1).readAllBytes();
        assertThat(new String(rest, StandardCharsets.UTF_8)).endsWith("\n\n");
    }
}
