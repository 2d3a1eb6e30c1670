package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.Scheduler;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Starts sessions to a tunnel's gateways, each with JSch objects of its own. Thread-safe. */
public final class JschLinkFactory implements LinkFactory {
    /** How long a gateway may take to answer a request for a channel. */
    private static final Duration CHANNEL_DEADLINE = Duration.ofSeconds(30);

    private final JschSettings settings;

    /**
     * @param workers runs session starts, which block
     * @param writers runs opens and writes where JSch can't be reached into: one for each target that does not read
     */
    public JschLinkFactory(TunnelSpec spec, Scheduler scheduler, Executor workers, Executor writers) {
        this(new JschSettings(
                spec,
                scheduler,
                workers,
                writers,
                InetAddress::getAllByName,
                CHANNEL_DEADLINE,
                JschInternals.find(),
                new ChannelWindow.Budget(spec.maxWindow()),
                ConcurrentHashMap.newKeySet()));
    }

    JschLinkFactory(JschSettings settings) {
        this.settings = settings;
    }

    /**
     * Refuses what no session start could do.
     *
     * @throws IllegalArgumentException when the algorithms have a name that does not exist, or leave none
     */
    public static void check(TunnelSpec spec) {
        for (AlgorithmKind kind : AlgorithmKind.values()) {
            kind.proposal(spec.algorithms());
        }
    }

    @Override
    public LinkStart start(Gateway gateway, long number) {
        JschStart start = new JschStart(settings, gateway, number);
        settings.workers().execute(start::run);
        return start;
    }
}
