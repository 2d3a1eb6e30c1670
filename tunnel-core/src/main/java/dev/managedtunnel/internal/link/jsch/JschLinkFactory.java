package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.Scheduler;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Starts sessions to a tunnel's gateway, each with JSch objects of its own. Thread-safe. */
public final class JschLinkFactory implements LinkFactory {
    /** How long a gateway may take to answer a request for a channel. */
    private static final Duration CHANNEL_DEADLINE = Duration.ofSeconds(30);

    private final JschSettings settings;

    /** @param workers runs what blocks: starts and channel opens */
    public JschLinkFactory(TunnelSpec spec, Scheduler scheduler, Executor workers) {
        this(new JschSettings(
                spec,
                scheduler,
                workers,
                InetAddress::getAllByName,
                CHANNEL_DEADLINE,
                ChannelWindow.best(),
                ConcurrentHashMap.newKeySet()));
    }

    JschLinkFactory(JschSettings settings) {
        this.settings = settings;
    }

    @Override
    public LinkStart start(long number) {
        JschStart start = new JschStart(settings, number);
        settings.workers().execute(start::run);
        return start;
    }
}
