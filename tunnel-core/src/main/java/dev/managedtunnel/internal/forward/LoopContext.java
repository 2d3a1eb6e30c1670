package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.Scheduler;

/** What all connections of a tunnel share. */
record LoopContext(
        String tunnel,
        EventLoop loop,
        Scheduler scheduler,
        Recorder recorder,
        Outcomes outcomes,
        LingeringSockets lingering) {}
