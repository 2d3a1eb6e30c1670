package dev.managedtunnel.examples.app.orders;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

class OrdersControllerTest {
    private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
    private static final String GOOD = """
            {"request": "e8a1ed34-7f0a-4e80-9f0c-1c5d9a3f1b11", "item": "Lantern", "quantity": 2}""";

    private boolean outage;

    private final Orders orders = new Orders(JdbcClient.create(new DriverManagerDataSource()), event -> {}, 1) {
        @Override
        List<Order> latest() {
            return List.of(new Order(7, "Map", 1, NOON));
        }

        @Override
        public Order place(NewOrder order) {
            if (outage) {
                throw new DataAccessResourceFailureException("no connection");
            }
            return new Order(8, String.valueOf(order.item()), order.quantity(), NOON);
        }
    };
    private final MockMvcTester mvc = MockMvcTester.of(new OrdersController(orders));

    private MvcTestResult post(String order) {
        return mvc.post()
                .uri("/orders")
                .contentType(MediaType.APPLICATION_JSON)
                .content(order)
                .exchange();
    }

    @Test
    void ordersAreListed() {
        assertThat(mvc.get().uri("/orders"))
                .bodyText()
                .contains("\"id\":7", "\"item\":\"Map\"", "\"quantity\":1", "\"placedAt\":\"2026-01-01T12:00:00Z\"");
    }

    @Test
    void anOrderIsPlaced() {
        assertThat(post(GOOD))
                .hasStatus(HttpStatus.CREATED)
                .bodyText()
                .contains("\"id\":8", "\"item\":\"Lantern\"", "\"quantity\":2");
    }

    @Test
    void anOrderThatIsNoneIsRefusedWithTheReason() {
        assertThat(post(GOOD.replace("Lantern", "  "))).hasStatus(HttpStatus.BAD_REQUEST);
        assertThat(post(GOOD.replace("Lantern", "x".repeat(81))).getResponse().getErrorMessage())
                .isEqualTo("Name what you order, in 80 letters or less");
        assertThat(post(GOOD.replace("2}", "0}")).getResponse().getErrorMessage())
                .isEqualTo("Order 1 to 999 pieces");
        assertThat(post(GOOD.replace("2}", "1000}"))).hasStatus(HttpStatus.BAD_REQUEST);
        assertThat(post("{\"quantity\": 1}").getResponse().getErrorMessage())
                .startsWith("The order has no request number");
        assertThat(post("nonsense")).hasStatus(HttpStatus.BAD_REQUEST);
    }

    @Test
    void anOutageThatTakesTooLongIsSaidSo() {
        outage = true;
        assertThat(post(GOOD))
                .hasStatus(HttpStatus.SERVICE_UNAVAILABLE)
                .bodyText()
                .contains("The database can't be reached now; try again in a minute");
    }
}
