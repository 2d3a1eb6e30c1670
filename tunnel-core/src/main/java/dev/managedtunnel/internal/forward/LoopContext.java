package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.Scheduler;
import java.util.concurrent.Executor;

/**
 * What all connections of a tunnel share.
 *
 * @param workers runs what may block
 */
record LoopContext(
        String tunnel,
        EventLoop loop,
        Scheduler scheduler,
        Executor workers,
        Recorder recorder,
        BufferPool buffers,
        Outcomes outcomes,
        LingeringSockets lingering) {}
