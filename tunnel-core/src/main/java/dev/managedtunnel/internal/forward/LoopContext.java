package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.Scheduler;

/**
 * What all connections of a tunnel share.
 *
 * @param mostQueued what is kept for a client that does not read, in bytes: above the largest window, so it is reached
 *     only where the server ignores the window or it can't be controlled
 */
record LoopContext(
        String tunnel,
        EventLoop loop,
        Scheduler scheduler,
        Recorder recorder,
        Outcomes outcomes,
        LingeringSockets lingering,
        long mostQueued) {}
