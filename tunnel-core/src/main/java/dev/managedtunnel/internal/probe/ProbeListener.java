package dev.managedtunnel.internal.probe;

import dev.managedtunnel.TunnelException;
import java.time.Duration;

/** Is told when a probe's health changes, inside the serial executor: it must neither block nor throw. */
public interface ProbeListener {
    /** It fails now. */
    void failed(String probe, TunnelException why);

    /** It is healthy again; how long it failed. */
    void recovered(String probe, Duration failing);
}
