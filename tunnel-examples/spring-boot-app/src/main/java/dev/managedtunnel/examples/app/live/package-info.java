/** What the front page shows: the tunnels and their last hour, sent to each open page as it changes. */
@NullMarked
package dev.managedtunnel.examples.app.live;

import org.jspecify.annotations.NullMarked;
