/** Metrics: an application that has Micrometer calls it, and it reads what the public API shows. */
package dev.managedtunnel.micrometer;
