package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.List;

/**
 * What a supervisor keeps to.
 *
 * @param gateways in order of preference, at least one
 * @param redundancy how many sessions are kept up
 * @param connectTimeout the deadline of a session start
 */
public record Plan(
        List<Gateway> gateways,
        int redundancy,
        RestartPolicy restart,
        FailoverPolicy failover,
        Duration connectTimeout) {}
