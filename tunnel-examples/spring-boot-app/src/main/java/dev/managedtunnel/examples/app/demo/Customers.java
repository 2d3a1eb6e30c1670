package dev.managedtunnel.examples.app.demo;

import dev.managedtunnel.examples.app.orders.NewOrder;
import dev.managedtunnel.examples.app.orders.Orders;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Profile;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Somebody orders every few seconds, so that there is something to see; during an outage they wait. */
@Component
@Profile(DemoServersInitializer.PROFILE)
class Customers {
    private static final Logger LOG = LoggerFactory.getLogger(Customers.class);
    private static final List<String> GOODS =
            List.of("Lantern", "Rope, 20 m", "Hard hat", "Shovel", "Map", "Torch", "Boots", "Compass");

    private static final int MOST = 5;

    private final Orders orders;

    Customers(Orders orders) {
        this.orders = orders;
    }

    @Scheduled(initialDelay = 500, fixedDelay = 4_000)
    void order() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try {
            orders.place(
                    new NewOrder(UUID.randomUUID(), GOODS.get(random.nextInt(GOODS.size())), 1 + random.nextInt(MOST)));
        } catch (DataAccessException e) {
            if (!e.contains(InterruptedException.class)) { // by the end of the application
                LOG.warn("demo: an order was not placed: {}", e.getMessage());
            }
        }
    }
}
