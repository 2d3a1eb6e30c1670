package dev.managedtunnel.examples.app.orders;

/** An application event: there is a new order. */
public record OrderPlaced() {}
