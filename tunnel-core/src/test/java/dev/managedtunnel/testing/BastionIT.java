package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The containers, and that the bastion is back at the same port after every fault. */
@ExtendWith(NoLeaks.class)
class BastionIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofMillis(300);

    private static DockerNetwork network;

    @BeforeAll
    static void start() {
        network = DockerNetwork.start();
    }

    @AfterAll
    static void stop() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void leadsToTheDatabase() throws Exception {
        try (PlainJsch client = PlainJsch.login(network.bastion())) {
            assertThat(databaseAnswers(forward(client), SOON)).isTrue();
        }
    }

    @Test
    void killsSessionsButNotItself() throws Exception {
        Bastion bastion = network.bastion();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            assertThat(bastion.sessionCount()).isEqualTo(1);
            bastion.killSessions();
            client.awaitLost(SOON);
            PlainJsch.login(bastion).close();
        }
    }

    @Test
    void frozenSessionsGoOnAfterwards() throws Exception {
        Bastion bastion = network.bastion();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            int port = forward(client);
            bastion.freeze();
            assertThat(databaseAnswers(port, SILENCE)).isFalse();
            bastion.unfreeze();
            assertThat(databaseAnswers(port, SOON)).isTrue();
        }
    }

    @Test
    void aPausedBastionGoesOnAfterwards() throws Exception {
        Bastion bastion = network.bastion();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            int port = forward(client);
            bastion.pause();
            assertThat(databaseAnswers(port, SILENCE)).isFalse();
            bastion.unpause();
            assertThat(databaseAnswers(port, SOON)).isTrue();
        }
    }

    @Test
    void aDisconnectedBastionComesBackAtTheSamePortAndAddress() throws Exception {
        Bastion bastion = network.bastion();
        String direct = bastion.directHost();
        bastion.disconnectNetwork();
        assertThatThrownBy(() -> connectAndClose(bastion)).isInstanceOf(ConnectException.class);
        bastion.reconnectNetwork();
        assertThat(bastion.directHost()).isEqualTo(direct);
        try (PlainJsch client = PlainJsch.login(bastion)) {
            assertThat(databaseAnswers(forward(client), SOON)).isTrue();
        }
    }

    @Test
    void aKilledBastionComesBackAtTheSamePort() throws Exception {
        Bastion bastion = network.bastion();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            bastion.kill();
            client.awaitLost(SOON);
        }
        assertThatThrownBy(() -> connectAndClose(bastion)).isInstanceOf(ConnectException.class);
        bastion.start();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            assertThat(databaseAnswers(forward(client), SOON)).isTrue();
        }
    }

    @Test
    void aRestartedBastionComesBackAtTheSamePort() throws Exception {
        Bastion bastion = network.bastion();
        bastion.restart();
        try (PlainJsch client = PlainJsch.login(bastion)) {
            assertThat(databaseAnswers(forward(client), SOON)).isTrue();
        }
    }

    private static int forward(PlainJsch client) throws Exception {
        return client.forward(DockerNetwork.DATABASE_HOST, DockerNetwork.DATABASE_PORT);
    }

    /** PostgreSQL answers a request for TLS with one letter. */
    private static boolean databaseAnswers(int port, Duration limit) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) limit.toMillis());
            socket.getOutputStream().write(new byte[] {0, 0, 0, 8, 4, (byte) 210, 22, 47});
            int answer = socket.getInputStream().read();
            return answer == 'N' || answer == 'S';
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static void connectAndClose(Bastion bastion) throws Exception {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(bastion.host(), bastion.port()), 1000);
        }
    }
}
