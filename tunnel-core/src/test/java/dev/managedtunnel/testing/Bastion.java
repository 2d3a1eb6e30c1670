package dev.managedtunnel.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.MountableFile;

/**
 * The SSH server of a {@link DockerNetwork}, in a container. It is reached at {@link #port} of this machine's loopback,
 * which stays the same through all faults, by way of Docker's own relay; that relay accepts connections while the
 * container is paused, and cuts them when the network is taken away. On Linux {@link #directHost} leads to the container
 * itself, with no relay between: there a lost network is silent.
 */
public final class Bastion implements SshServer {

    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration BACK_LIMIT = Duration.ofSeconds(20);
    private static final int PROBE_MILLIS = 500;
    private static final int SSH = 22;
    /** All but the first process, which is the listener. */
    private static final String SESSIONS = "pgrep -x sshd | grep -vx 1";

    private final ScratchDir dir = new ScratchDir("bastion");
    private final SshKeys.KeyFile clientKey = SshKeys.ed25519(dir.path(), "client_ed25519");
    private final SshKeys.KeyFile hostKey = SshKeys.ed25519(dir.path(), "host_ed25519");
    private final int port = FreePorts.next();
    private final Network front;
    private final Network hidden;
    private final GenericContainer<?> container;

    Bastion(Network front, Network hidden) {
        this.front = front;
        this.hidden = hidden;
        // a port chosen by Docker would be another one after each restart
        container = new GenericContainer<>(DockerNetwork.image("bastion"))
                .withNetwork(front)
                .withExposedPorts(SSH)
                .withCreateContainerCmdModifier(command -> command.getHostConfig()
                        .withPortBindings(
                                new PortBinding(Ports.Binding.bindIpAndPort("127.0.0.1", port), ExposedPort.tcp(SSH))))
                .withCopyToContainer(Transferable.of(clientKey.publicLine() + "\n"), "/etc/bastion/authorized_keys")
                .withCopyFileToContainer(
                        MountableFile.forHostPath(hostKey.privateKey(), 0600), "/etc/bastion/host_ed25519")
                .waitingFor(Wait.forLogMessage(".*Server listening on.*", 1).withStartupTimeout(START_LIMIT));
    }

    /** Makes and starts the container and joins it to both networks. */
    void create() {
        container.start();
        connect(hidden);
        awaitBanner();
    }

    /** Freezes all processes of the container. */
    public void pause() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
    }

    /** Lets a paused container go on. */
    public void unpause() {
        docker().unpauseContainerCmd(container.getContainerId()).exec();
    }

    /**
     * Takes the networks away. Both of them: with only the front one gone, Docker publishes the port through the other.
     */
    public void disconnectNetwork() {
        disconnect(hidden);
        disconnect(front);
    }

    /** Gives the networks back, and waits until the server answers at the same port as before. */
    public void reconnectNetwork() {
        connect(front);
        connect(hidden);
        awaitBanner();
    }

    private void disconnect(Network network) {
        docker().disconnectFromNetworkCmd()
                .withContainerId(container.getContainerId())
                .withNetworkId(network.getId())
                .withForce(true)
                .exec();
    }

    private void connect(Network network) {
        docker().connectToNetworkCmd()
                .withContainerId(container.getContainerId())
                .withNetworkId(network.getId())
                .exec();
    }

    /** Kills the container; {@link #start} brings it back. */
    public void kill() {
        docker().killContainerCmd(container.getContainerId()).withSignal("KILL").exec();
        Poll.until(BACK_LIMIT, () -> "the bastion still runs", () -> !isRunning());
    }

    /** Starts the container after {@link #kill} and waits until the server answers. */
    @Override
    public void start() {
        if (!isRunning()) {
            docker().startContainerCmd(container.getContainerId()).exec();
            awaitBanner();
        }
    }

    /** Restarts the container and waits until the server answers. */
    public void restart() {
        docker().restartContainerCmd(container.getContainerId()).withTimeout(1).exec();
        awaitBanner();
    }

    /** The container's own address on the front network, for port 22; only Linux has a route to it. */
    public String directHost() {
        return docker()
                .inspectContainerCmd(container.getContainerId())
                .exec()
                .getNetworkSettings()
                .getNetworks()
                .values()
                .stream()
                .filter(network -> front.getId().equals(network.getNetworkID()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The bastion is not on its front network"))
                .getIpAddress();
    }

    @Override
    public String kind() {
        return "container";
    }

    @Override
    public String host() {
        return "127.0.0.1";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return "tunnel";
    }

    @Override
    public Optional<String> password() {
        return Optional.empty();
    }

    @Override
    public Path privateKey() {
        return clientKey.privateKey();
    }

    @Override
    public List<String> hostKeys() {
        return List.of(hostKey.publicLine().replaceFirst("^(\\S+ \\S+).*", "$1"));
    }

    @Override
    public void authorize(String publicKeyLine) {
        run("echo '" + publicKeyLine.strip() + "' >> /etc/bastion/authorized_keys");
    }

    @Override
    public void revokeKeys() {
        run(": > /etc/bastion/authorized_keys");
    }

    @Override
    public int sessionCount() {
        return isRunning()
                ? Integer.parseInt(run("pgrep -c -P 1 -x sshd || true").strip())
                : 0;
    }

    @Override
    public void killSessions() {
        run(SESSIONS + " | xargs -r kill -KILL");
        Poll.until(BACK_LIMIT, () -> "sessions of the bastion still live", () -> sessionCount() == 0);
    }

    @Override
    public void freeze() {
        run(SESSIONS + " | xargs -r kill -STOP");
    }

    /** As {@link #pause}. */
    @Override
    public void freezeAll() {
        pause();
    }

    @Override
    public void unfreeze() {
        if (isPaused()) {
            unpause();
        }
        run(SESSIONS + " | xargs -r kill -CONT");
    }

    /** As {@link #kill}. */
    @Override
    public void stop() {
        if (isRunning()) {
            kill();
        }
    }

    @Override
    public String diagnostics() {
        return "Log of the bastion:\n" + container.getLogs();
    }

    @Override
    public void close() {
        if (container.getContainerId() != null && isPaused()) {
            unpause();
        }
        container.close();
        dir.close();
    }

    @Override
    public String toString() {
        return "bastion " + host() + ":" + port();
    }

    private boolean isRunning() {
        return Boolean.TRUE.equals(docker().inspectContainerCmd(container.getContainerId())
                .exec()
                .getState()
                .getRunning());
    }

    private boolean isPaused() {
        return Boolean.TRUE.equals(docker().inspectContainerCmd(container.getContainerId())
                .exec()
                .getState()
                .getPaused());
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }

    private String run(String script) {
        try {
            Container.ExecResult result = container.execInContainer("sh", "-c", script);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException("In the bastion, " + script + ": " + result.getStderr());
            }
            return result.getStdout();
        } catch (IOException e) {
            throw new UncheckedIOException("Can't run in the bastion: " + script, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while in the bastion", e);
        }
    }

    private void awaitBanner() {
        Poll.until(BACK_LIMIT, () -> "no banner at " + this + "; " + diagnostics(), this::hasBanner);
    }

    private boolean hasBanner() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host(), port), PROBE_MILLIS);
            socket.setSoTimeout(PROBE_MILLIS);
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(4), StandardCharsets.US_ASCII).equals("SSH-");
        } catch (IOException notYet) {
            return false;
        }
    }
}
