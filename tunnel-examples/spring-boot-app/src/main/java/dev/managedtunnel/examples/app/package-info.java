/** Orders in a database behind a bastion. {@code live} shows the tunnel to it, {@code demo} brings servers to break. */
@NullMarked
package dev.managedtunnel.examples.app;

import org.jspecify.annotations.NullMarked;
