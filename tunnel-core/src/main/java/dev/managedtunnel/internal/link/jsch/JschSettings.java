package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all sessions of a tunnel have in common.
 *
 * @param internals null where JSch can't be reached into
 */
record JschSettings(
        TunnelSpec spec,
        Scheduler scheduler,
        Executor workers,
        Executor writers,
        Connector.Resolver resolver,
        Duration channelDeadline,
        @Nullable JschInternals internals,
        ChannelWindow.Budget windows,
        Set<String> warned) {
    private static final Logger LOG = LoggerFactory.getLogger(JschSettings.class);

    /** Says it once, not with each start. */
    void warnOnce(String text) {
        if (warned.add(text)) {
            LOG.warn("{}: {}", spec.name(), text);
        }
    }
}
