/** Events for JDK Flight Recorder: the assembly of a tunnel has one recorder more where the JVM has {@code jdk.jfr}. */
package dev.managedtunnel.internal.jfr;
