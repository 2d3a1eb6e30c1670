/** The orders: an ordinary repository and controller, as they would be without a tunnel. */
@NullMarked
package dev.managedtunnel.examples.app.orders;

import org.jspecify.annotations.NullMarked;
