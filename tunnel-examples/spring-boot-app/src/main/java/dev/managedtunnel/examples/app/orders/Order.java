package dev.managedtunnel.examples.app.orders;

import java.time.OffsetDateTime;

/** An order that the database has. */
public record Order(long id, String item, int quantity, OffsetDateTime placedAt) {}
