package dev.managedtunnel.internal.probe;

import dev.managedtunnel.internal.time.Scheduler;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What all probes of a tunnel share.
 *
 * @param serial the tunnel's serial executor, where all that the probes know is kept
 * @param workers run the checks
 */
public record ProbeMeans(
        String tunnel,
        ProbeSockets sockets,
        Scheduler scheduler,
        Executor serial,
        Executor workers,
        RandomGenerator random,
        ProbeListener listener) {}
