package dev.managedtunnel.examples.app.orders;

import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.context.ApplicationEventPublisher;
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

    Orders(JdbcClient database, ApplicationEventPublisher events) {
        this.database = database;
        this.events = events;
    }

    /** The newest first. */
    List<Order> latest() {
        return database.sql("select id, item, quantity, placed_at from orders order by id desc limit :most")
                .param("most", SHOWN)
                .query(ORDER)
                .list();
    }

    /**
     * Places an order. During an outage this takes until the tunnel is back.
     *
     * @throws DataAccessResourceFailureException when the outage is longer than the pool waits for a connection, 30 s
     */
    public Order place(NewOrder order) {
        Order placed;
        try {
            placed = insert(order);
        } catch (CannotGetJdbcConnectionException outage) {
            throw outage;
        } catch (DataAccessResourceFailureException lost) {
            // Its session died under the statement, so nobody knows whether it was done. Asked for again, which waits
            // for the next session, it is done once: the request's number is unique.
            placed = insert(order);
        }
        events.publishEvent(new OrderPlaced());
        return placed;
    }

    Order insert(NewOrder order) {
        return database.sql("""
                        insert into orders (request, item, quantity) values (:request, :item, :quantity)
                        on conflict (request) do update set request = excluded.request
                        returning id, item, quantity, placed_at""").paramSource(order).query(ORDER).single();
    }
}
