package dev.managedtunnel.examples.app.orders;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to order.
 *
 * @param request chosen by whoever orders: asked for twice it is still one order
 */
public record NewOrder(@Nullable UUID request, @Nullable String item, int quantity) {
    private static final int LONGEST_ITEM = 80;
    private static final int MOST = 999;

    /** What is wrong with it, for people; null when nothing is. */
    @Nullable
    String problem() {
        if (request == null) {
            return "The order has no request number; give a UUID";
        }
        if (item == null || item.isBlank() || item.length() > LONGEST_ITEM) {
            return "Name what you order, in " + LONGEST_ITEM + " letters or less";
        }
        return quantity < 1 || quantity > MOST ? "Order 1 to " + MOST + " pieces" : null;
    }
}
