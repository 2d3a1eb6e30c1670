/** The clock and the timers. Called by everything internal; calls nothing. */
package dev.managedtunnel.internal.time;
