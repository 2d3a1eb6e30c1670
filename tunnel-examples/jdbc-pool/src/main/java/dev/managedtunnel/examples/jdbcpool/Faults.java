package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.examples.demoservers.DemoServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Breaks the way to the database, again and again, and watches what the load makes of it. Used by one thread. */
final class Faults {
    private static final Duration CALM = Duration.ofSeconds(3);
    private static final Duration STOPPED = Duration.ofSeconds(5);
    /** Three seconds more than it takes the tunnel's keep-alive to notice. */
    private static final Duration FROZEN = Duration.ofSeconds(6);

    private static final Duration RECOVERY_BOUND = Duration.ofSeconds(15);

    /** Breaks something; when it returns, the gateway can be reached again. */
    @FunctionalInterface
    private interface Fault {
        void run() throws Exception;
    }

    private final DemoServers servers;
    private final ManagedTunnel tunnel;
    private final Load load;
    private final Screen screen;
    private final List<Report.Row> rows = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private String finding = "";
    private volatile String phase = "calm";

    Faults(DemoServers servers, ManagedTunnel tunnel, Load load, Screen screen) {
        this.servers = servers;
        this.tunnel = tunnel;
        this.load = load;
        this.screen = screen;
    }

    /** What goes on now, in a word; for any thread. */
    String phase() {
        return phase;
    }

    /** A row for each fault. */
    List<Report.Row> rows() {
        return rows;
    }

    /** What was not survived; empty when all is well. */
    List<String> complaints() {
        return complaints;
    }

    /** What the database says in the end. */
    String finding() {
        return finding;
    }

    void run() throws Exception {
        calm();
        inject("cut", "session cut", servers::cutSession);
        inject("stopped", "server stopped for 5 s", () -> {
            servers.stopSsh();
            pause(STOPPED);
            servers.startSsh();
        });
        inject("frozen", "server frozen for 6 s", () -> {
            servers.freezeSsh();
            pause(FROZEN);
            servers.thawSsh();
        });
        phase = "done";
    }

    /** Looks at the end of it all. */
    void conclude(Entries.Finding data) {
        finding = data.text();
        if (!data.sound()) {
            complaints.add("a transaction was lost, or done by halves");
        }
        if (tunnel.state() != TunnelState.UP) {
            complaints.add("in the end the tunnel is " + tunnel.state());
        }
    }

    private void inject(String shortName, String name, Fault fault) throws Exception {
        long startsBefore = tunnel.status().starts();
        Load.Window window = load.openWindow();
        phase = shortName;
        screen.line(">>> " + name);
        fault.run();
        phase = "recovery";
        Duration recovery = load.awaitAnswer(RECOVERY_BOUND).orElse(null);
        calm();
        Report.Row row = new Report.Row(
                name,
                true,
                window.answered(),
                window.errors(),
                window.unconnected(),
                window.longestWait(),
                recovery,
                tunnel.status().starts() - startsBefore);
        rows.add(row);
        complaints.addAll(row.complaints());
    }

    private void calm() throws InterruptedException {
        phase = "calm";
        pause(CALM);
    }

    private static void pause(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }
}
