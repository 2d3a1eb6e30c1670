/** A tunnel that Prometheus can scrape; the dashboard and the alert rules are beside the sources. */
@NullMarked
package dev.managedtunnel.examples.observability;

import org.jspecify.annotations.NullMarked;
