/**
 * Compares this library with OpenSSH's {@code ssh -L} and with other SSH libraries, as whole processes.
 *
 * <pre>
 *   load ──► client (ssh, or a JVM) ──► [delay relay] ──► sshd ──► targets
 *     ▲            ▲                                                  ▲
 *     └────────────┴──────── started and asked by Benchmarks ─────────┘
 * </pre>
 *
 * Each box is a process of its own, so that the processor time of each can be told. To add a client, see {@code Contenders}
 * and {@code client.Peer}; to add a work, see {@code work.Works}.
 */
@NullMarked
package dev.managedtunnel.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
