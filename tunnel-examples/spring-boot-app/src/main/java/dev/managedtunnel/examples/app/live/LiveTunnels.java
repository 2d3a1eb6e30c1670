package dev.managedtunnel.examples.app.live;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.actuate.TunnelDescriptor;
import dev.managedtunnel.examples.app.demo.Faults;
import dev.managedtunnel.examples.app.orders.OrderPlaced;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Remembers what the tunnels go through, and has the pages refreshed: every second, and when something happens. */
@Component
@EnableScheduling
class LiveTunnels implements TunnelListener {
    private final ManagedTunnels tunnels;
    private final Pages pages;
    private final @Nullable Faults faults;
    private final Map<String, History> histories = new ConcurrentHashMap<>();
    private final AtomicLong orders = new AtomicLong();

    LiveTunnels(ManagedTunnels tunnels, Pages pages, ObjectProvider<Faults> faults) {
        this.tunnels = tunnels;
        this.pages = pages;
        this.faults = faults.getIfAvailable();
    }

    /** A page that is kept up to date. Empty when there are too many. */
    Optional<SseEmitter> open() {
        return pages.open(this::state);
    }

    @Override
    public void onEvent(TunnelEvent event) {
        tunnels.find(event.tunnel()).ifPresent(tunnel -> history(tunnel).add(event));
        pages.refresh();
    }

    @EventListener(OrderPlaced.class)
    void orderPlaced() {
        orders.incrementAndGet();
        pages.refresh();
    }

    @EventListener(Faults.Changed.class)
    void faultChanged() {
        pages.refresh();
    }

    @Scheduled(fixedRate = 1_000)
    void tick() {
        tunnels.forEach(tunnel -> {
            TunnelStatus status = tunnel.status();
            history(tunnel).sample(status.state(), status.since(), status.bytesIn(), status.bytesOut());
        });
        pages.refresh();
    }

    private History history(ManagedTunnel tunnel) {
        return histories.computeIfAbsent(tunnel.name(), name -> {
            TunnelStatus status = tunnel.status();
            return new History(status.state(), status.since(), status.bytesIn(), status.bytesOut());
        });
    }

    PageState state() {
        List<PageState.Tunnel> views = new ArrayList<>();
        tunnels.forEach(tunnel -> views.add(history(tunnel).view(TunnelDescriptor.of(tunnel.status()))));
        return new PageState(
                Instant.now(),
                views,
                orders.get(),
                faults == null ? null : new PageState.Demo(faults.running().orElse(null)));
    }
}
