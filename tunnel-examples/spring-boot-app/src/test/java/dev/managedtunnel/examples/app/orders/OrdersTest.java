package dev.managedtunnel.examples.app.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class OrdersTest {
    private static final int POOL_SIZE = 4;

    private final List<Object> events = new ArrayList<>();
    private final List<NewOrder> asked = new ArrayList<>();
    private final List<RuntimeException> failures = new ArrayList<>();
    private final Order placed = new Order(1, "Map", 1, OffsetDateTime.MIN);
    private final NewOrder order = new NewOrder(UUID.randomUUID(), "Map", 1);
    private final Orders orders = new Orders(JdbcClient.create(new DriverManagerDataSource()), events::add, POOL_SIZE) {
        @Override
        Order insert(NewOrder wanted) {
            asked.add(wanted);
            failNext();
            return placed;
        }

        @Override
        List<Order> select() {
            failNext();
            return List.of(placed);
        }
    };

    private void failNext() {
        if (!failures.isEmpty()) {
            throw failures.remove(0);
        }
    }

    @Test
    void anOrderWhoseSessionWasLostIsAskedForAgainUnderItsNumber() {
        failures.add(new DataAccessResourceFailureException("connection reset"));

        assertThat(orders.place(order).id()).isEqualTo(1);
        assertThat(asked).containsExactly(order, order);
        assertThat(events).containsExactly(new OrderPlaced());
    }

    @Test
    void thePoolMayHandOutEachConnectionThatDiedWithTheSession() {
        failures.addAll(Collections.nCopies(POOL_SIZE, new DataAccessResourceFailureException("connection reset")));

        assertThat(orders.latest()).containsExactly(placed);
        assertThat(failures).isEmpty();
    }

    @Test
    void whoHasWaitedForAConnectionInVainDoesNotWaitAgain() {
        failures.add(new CannotGetJdbcConnectionException("timed out"));

        assertThatThrownBy(() -> orders.place(order)).isInstanceOf(CannotGetJdbcConnectionException.class);
        assertThat(asked).hasSize(1);
        assertThat(events).isEmpty();
    }
}
