package dev.managedtunnel.examples.app.orders;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The orders in the database. */
@Component
public class Orders {
    private static final int SHOWN = 6;
    private static final RowMapper<Order> ORDER = (row, number) -> new Order(
            row.getLong("id"),
            row.getString("item"),
            row.getInt("quantity"),
            row.getObject("placed_at", OffsetDateTime.class));

    private final JdbcClient database;
    private final ApplicationEventPublisher events;

    /**
     * A statement whose session died under it is asked for again, which waits for the next session. As often as the pool may
     * hand out a connection that died with it. Whoever has waited for a connection in vain does not wait again.
     */
    private final RetryTemplate again;

    /** @param poolSize how many connections the database's pool may hold; HikariCP's default is 10 */
    Orders(
            JdbcClient database,
            ApplicationEventPublisher events,
            @Value("${spring.datasource.hikari.maximum-pool-size:10}") int poolSize) {
        this.database = database;
        this.events = events;
        again = new RetryTemplate(RetryPolicy.builder()
                .includes(DataAccessResourceFailureException.class)
                .excludes(CannotGetJdbcConnectionException.class)
                .maxRetries(poolSize)
                .delay(Duration.ZERO)
                .build());
    }

    /** The newest first. During an outage this takes until the tunnel is back, as {@link #place} does. */
    List<Order> latest() {
        return again.invoke(this::select);
    }

    /**
     * Places an order, once: nobody knows whether a statement was done whose session died, but the request's number is unique.
     * During an outage this takes until the tunnel is back.
     *
     * @throws DataAccessResourceFailureException when the outage is longer than the pool waits for a connection, 30 s
     */
    public Order place(NewOrder order) {
        Order placed = again.invoke(() -> insert(order));
        events.publishEvent(new OrderPlaced());
        return placed;
    }

    List<Order> select() {
        return database.sql("select id, item, quantity, placed_at from orders order by id desc limit :most")
                .param("most", SHOWN)
                .query(ORDER)
                .list();
    }

    Order insert(NewOrder order) {
        return database.sql("""
                        insert into orders (request, item, quantity) values (:request, :item, :quantity)
                        on conflict (request) do update set request = excluded.request
                        returning id, item, quantity, placed_at""").paramSource(order).query(ORDER).single();
    }
}
