package dev.managedtunnel.internal.probe;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Is told what probes find out, inside the serial executor: it must neither block nor throw. */
public interface ProbeListener {
    /** It fails now. */
    void failed(String probe, TunnelException why);

    /** It is healthy again; how long it failed. */
    void recovered(String probe, Duration failing);

    /**
     * What a check says of the session that it ran on, and so of its gateway. Not told of a failed one before the probe
     * fails by that session's results, nor of a good one while it fails: neither says enough.
     *
     * @param why null when all is well
     */
    void checked(Link link, String probe, @Nullable String why);
}
