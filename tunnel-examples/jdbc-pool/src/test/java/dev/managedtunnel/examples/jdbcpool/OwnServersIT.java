package dev.managedtunnel.examples.jdbcpool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.examples.demoservers.DemoServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OwnServersIT {
    private static DemoServers servers;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startServers() throws Exception {
        servers = new DemoServers();
    }

    @AfterAll
    static void stopServers() throws Exception {
        servers.close();
    }

    @Test
    void aLoadRunsOnTheServersThatAreNamed() {
        Program load = run(
                servers.knownHosts(),
                servers.jdbcUrl(),
                "--duration=2",
                "--threads=2",
                "--query=select 1 from pg_class");

        assertThat(load.err()).isEmpty();
        assertThat(load.out())
                .contains("opening a tunnel to " + Target.of(servers).database() + " via " + servers.gateway())
                .containsPattern("(?m)^2 threads for 2 s +[\\d,]*[1-9][\\d,]* +0 +[\\d.]+ s +- +1$");
        assertThat(load.exitCode()).isZero();
    }

    @Test
    void aQueryThatFailsMakesTheRunFail() {
        Program load = run(servers.knownHosts(), servers.jdbcUrl(), "--duration=1", "--query=select nonsense");

        assertThat(load.out())
                .contains("NOT WELL: the last query of a thread was not answered: ERROR: column \"nonsense\"");
        assertThat(load.exitCode()).isEqualTo(1);
    }

    @Test
    void aChangedHostKeyIsNamed() throws Exception {
        String key = PublicKeyEntry.toString(
                KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256).getPublic());
        Path wrong =
                Files.writeString(directory.resolve("known_hosts"), "[127.0.0.1]:" + servers.port() + " " + key + "\n");

        Program load = run(wrong, servers.jdbcUrl());

        assertFailed(load, "[HOST_KEY_CHANGED]");
    }

    @Test
    void anUnknownHostKeyIsNamed() throws IOException {
        Program load = run(Files.createFile(directory.resolve("known_hosts")), servers.jdbcUrl());

        assertFailed(load, "[HOST_KEY_UNKNOWN]");
    }

    private static void assertFailed(Program load, String reason) {
        assertThat(load.err().lines())
                .singleElement()
                .asString()
                .startsWith("Error: ")
                .endsWith(reason);
        assertThat(load.err()).contains("127.0.0.1:" + servers.port());
        assertThat(load.exitCode()).isEqualTo(1);
    }

    private static Program run(Path knownHosts, String jdbcUrl, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--gateway", servers.gateway(),
                "--identity", servers.identity().toString(),
                "--known-hosts", knownHosts.toString(),
                "--jdbc", jdbcUrl,
                "--db-user", "postgres"));
        args.addAll(List.of(more));
        return Program.run(args.toArray(String[]::new));
    }
}
