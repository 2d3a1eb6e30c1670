package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.ManagedTunnels;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Closes, when the application ends, the tunnels that are down, before the beans that use them are closed. Else a pool waits
 * for connections that it has begun to make and that are parked: up to 30 s. Requests under way have ended by then.
 */
final class EndDuringOutage implements SmartLifecycle {
    private final ConfigurableApplicationContext context;
    private final ManagedTunnels tunnels;
    private volatile boolean running;

    EndDuringOutage(ConfigurableApplicationContext context, ManagedTunnels tunnels) {
        this.context = context;
        this.tunnels = tunnels;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        // Not where it is only stopped, and may be started again.
        if (context.isClosed()) {
            for (ManagedTunnel tunnel : tunnels) {
                if (!tunnel.status().isLive()) {
                    tunnel.close();
                }
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** The last one to be stopped. */
    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
