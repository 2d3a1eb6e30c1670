package dev.managedtunnel.examples.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.examples.app.demo.DemoServersInitializer;
import dev.managedtunnel.examples.app.orders.NewOrder;
import dev.managedtunnel.examples.app.orders.Orders;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.openqa.selenium.Keys;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The front page, as somebody sees it who breaks things with it. The tests go on from each other. */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LivePageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static final Duration CALM = Duration.ofSeconds(Integer.getInteger("screenshots.after", 0));

    private static Browser browser;
    private static ConfigurableApplicationContext application;
    private static String page;

    @BeforeAll
    static void start() throws Exception {
        browser = new Browser();
        int port = freePort();
        page = "http://localhost:" + port + "/";
        application = new SpringApplicationBuilder(OrdersApplication.class)
                .initializers(new DemoServersInitializer())
                .profiles("demo")
                .run("--server.port=" + port);
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
    }

    @AfterAll
    static void stop() {
        Awaitility.reset();
        if (browser != null) {
            browser.close();
        }
        if (application != null) {
            application.close();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void awaitText(String css, String part) {
        await(css + " says " + part)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(browser.text(css)).contains(part));
    }

    @Test
    @Order(1)
    void itShowsATunnelThatIsUp() {
        browser.screen(1280, 900, false);
        browser.dark(false);
        browser.open(page);

        awaitText("#link-text", "Live");
        awaitText(".tunnel h2", "orders");
        awaitText(".state .word", "Up");
        awaitText(".way", "db.internal:5432");
        awaitText(".summary", "no outage");
        awaitText(".happenings", "Nothing yet");
        assertThat(browser.find(".failure").isDisplayed()).isFalse();
        awaitText(".round-trip", "ms");
        assertThat(browser.run("return document.querySelectorAll('.timeline .up').length"))
                .isEqualTo(1L);
    }

    @Test
    @Order(2)
    void aSessionThatIsKilledFromThePageIsSeenToBeLostAndReplaced() {
        browser.find("[data-fault=KILL]").sendKeys(Keys.ENTER);

        awaitText(".happenings", "Session lost");
        awaitText(".happenings", "Session up again, after");
        awaitText(".state .word", "Up");
        awaitText(".failure .remedy", "nothing to do if it recovers");
        awaitText(".summary", "1 outage");
        awaitText(".losses", "1 session lost");
        assertThat(browser.run("return document.querySelectorAll('.timeline .down').length"))
                .isEqualTo(1L);
    }

    @Test
    @Order(3)
    void anOrderPlacedDuringAnOutageIsThereAfterwards() throws IOException {
        await().until(() -> "false".equals(browser.find("[data-fault=STOP]").getAttribute("aria-disabled")));
        browser.find("[name=item]").clear();
        browser.find("[name=item]").sendKeys("Umbrella");
        browser.find("[data-fault=STOP]").click();
        awaitText("#demo-note", "The SSH server is stopped");
        awaitText(".state .word", "Waiting to try again");
        browser.find("#order .primary").click();

        awaitText("#order-note", "Waiting for the database");
        browser.screenshot(SCREENSHOTS.resolve("outage.png"));
        awaitText("#order-note", "is placed; it took");
        awaitText(".state .word", "Up");
        awaitText(".summary", "2 outages");
        awaitText("#orders", "Umbrella");
        awaitText("#demo-note", "Nothing is broken");
    }

    @Test
    @Order(4)
    void anOrderThatIsAskedForTwiceIsPlacedOnce() {
        Orders orders = application.getBean(Orders.class);
        NewOrder order = new NewOrder(UUID.randomUUID(), "Map", 1);

        assertThat(orders.place(order)).isEqualTo(orders.place(order));
    }

    @Test
    @Order(5)
    void aRestartIsShown() {
        browser.find(".restart").click();

        awaitText(".happenings", "Session replaced");
        awaitText(".round-trip", "ms");
        awaitText(".summary", "2 outages");
    }

    @Test
    @Order(6)
    void itCanBeReadOnAnyScreenInLightAndDark() throws Exception {
        // Nothing is waited for: for a picture in the docs there has to be more to see on the timeline.
        await().atMost(Duration.ofHours(1)).pollDelay(CALM).until(() -> true);
        for (boolean dark : new boolean[] {false, true}) {
            browser.dark(dark);
            look(1280, 900, false, dark ? "desktop-dark" : "desktop");
            look(390, 844, true, dark ? "phone-dark" : "phone");
        }
        look(320, 640, true, "phone-small");
    }

    private static void look(int width, int height, boolean phone, String name) throws IOException {
        browser.screen(width, height, phone);
        browser.screenshot(SCREENSHOTS.resolve(name + ".png"));
        assertThat(browser.complaints("legible.js")).as(name).isEmpty();
    }

    @Test
    @Order(7)
    void whatSomebodyTypesIsTextAndNothingElse() {
        String markup = "<img src=x onerror=alert(1)>";
        browser.find("[name=item]").clear();
        browser.find("[name=item]").sendKeys(markup, Keys.ENTER);

        awaitText("#orders", markup);
    }

    @Test
    @Order(8)
    void theBrowserHadNothingToComplainAbout() {
        assertThat(browser.console()).isEmpty();
    }

    @Test
    @Order(9)
    void itComesBackWhenTheApplicationDoes() {
        browser.screen(1280, 900, false);
        application.stop();
        awaitText("#link-text", "Not connected; as of");

        application.start();

        awaitText("#link-text", "Live");
        awaitText(".state .word", "Up");
    }
}
