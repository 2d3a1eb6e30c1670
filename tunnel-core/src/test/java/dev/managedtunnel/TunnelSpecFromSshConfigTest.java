package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.managedtunnel.internal.sshconfig.SshConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** How the application calls it; what it does is tested beside {@code SshConfig}. */
class TunnelSpecFromSshConfigTest {
    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(SshConfig.class);

    @TempDir
    Path dir;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        LOGGER.setAdditive(false);
        log.start();
        LOGGER.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        LOGGER.detachAppender(log);
        LOGGER.setAdditive(true);
    }

    private Path config(String content) throws IOException {
        Path file = Files.writeString(dir.resolve("config"), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aConfigurationIsAllItTakes() throws IOException {
        Path file = config("""
                Host orders
                    HostName bastion.example
                    User deploy
                    IdentityFile /keys/deploy
                    LocalForward 15432 db.internal:5432
                """);
        TunnelSpec spec = TunnelSpec.fromSshConfig("orders-db", "orders", file).build();
        assertThat(spec).hasToString("orders-db via deploy@bastion.example:22 [127.0.0.1:15432 -> db.internal:5432]");
        assertThat(log.list).isEmpty();
    }

    @Test
    void whatHasNoEffectIsLoggedOnceACall() throws IOException {
        Path file = config("AddressFamily inet6\nHost orders\n  GatewayPorts yes\n  ProxyJump edge\n");
        for (int call = 0; call < 2; call++) {
            log.list.clear();
            TunnelSpec.fromSshConfig("orders-db", "orders", file);
            assertThat(log.list)
                    .extracting(event -> event.getLevel() + " " + event.getFormattedMessage())
                    .containsExactly(
                            "WARN orders-db: " + file + ":1: AddressFamily is not supported and has no effect",
                            "WARN orders-db: " + file + ":3: GatewayPorts is not supported and has no effect");
        }
    }

    @Test
    void theUsersOwnConfigurationIsTheDefault() {
        Gateway gateway = TunnelSpec.fromSshConfig("orders-db", "jane@host-that-no-configuration-names")
                .credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("db", 5432).named("added"))
                .build()
                .gateways()
                .get(0);
        assertThat(gateway.host()).isEqualTo("host-that-no-configuration-names");
        assertThat(gateway.user()).isEqualTo("jane");
    }

    @Test
    void aNameThatIsNoneIsRefusedFirst() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TunnelSpec.fromSshConfig("orders db", "orders", dir.resolve("none")))
                .withMessageStartingWith("tunnel name: 'orders db' is not 1 to 64 letters");
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TunnelSpec.fromSshConfig("orders-db", "orders", dir.resolve("none")))
                .withMessage(
                        dir.resolve("none") + " does not exist; give the path of a file in the format of ssh_config");
    }
}
