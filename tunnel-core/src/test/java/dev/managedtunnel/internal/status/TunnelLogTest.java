package dev.managedtunnel.internal.status;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TunnelLogTest {
    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(ManagedTunnel.class);
    private static final Gateway GATEWAY = Gateway.of("deploy", "bastion", 22);
    private static final Duration QUIET = Duration.ofMinutes(5);

    private final TunnelException refused =
            new TunnelException(FailureReason.CONNECT_REFUSED, "bastion:22 refused", null);
    private final TunnelException timeout =
            new TunnelException(FailureReason.CONNECT_TIMEOUT, "bastion:22 is silent", null);
    private final FakeScheduler time = new FakeScheduler();
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final TunnelLog log = new TunnelLog("orders-db", time);
    private @Nullable Level before;

    @BeforeEach
    void listen() {
        before = LOGGER.getLevel();
        LOGGER.setLevel(Level.DEBUG);
        LOGGER.setAdditive(false);
        appender.start();
        LOGGER.addAppender(appender);
    }

    @AfterEach
    void stopListening() {
        LOGGER.detachAppender(appender);
        LOGGER.setAdditive(true);
        LOGGER.setLevel(before);
    }

    @Test
    void transitionsAreToldAtInfo() {
        log.up(GATEWAY, 1, Duration.ofMillis(120), null);
        log.up(GATEWAY, 7, Duration.ofMillis(120), Duration.ofSeconds(3));
        log.closed();
        assertThat(lines())
                .containsExactly(
                        "INFO orders-db: up via deploy@bastion:22 (start 1, 120 ms)",
                        "INFO orders-db: up via deploy@bastion:22 (start 7, 120 ms, after 3000 ms without)",
                        "INFO orders-db: closed");
    }

    @Test
    void aLossIsAWarningUnlessTheApplicationAskedForIt() {
        log.lost(new TunnelException(FailureReason.CONNECTION_LOST, "the peer hung up", null));
        log.lost(new TunnelException(FailureReason.CLOSED, "a restart was asked for", null));
        assertThat(lines())
                .containsExactly(
                        "WARN orders-db: the peer hung up; " + FailureReason.CONNECTION_LOST.remedy()
                                + " [CONNECTION_LOST]",
                        "INFO orders-db: a restart was asked for; " + FailureReason.CLOSED.remedy() + " [CLOSED]");
    }

    @Test
    void aReplacedSessionIsToldWithItsReason() {
        log.replaced(GATEWAY, Duration.ofHours(3), "it was old");
        assertThat(lines())
                .containsExactly("INFO orders-db: session to deploy@bastion:22 replaced after 3 h: it was old");
    }

    @Test
    void decisionsAboutGatewaysAreToldWithTheirReasons() {
        Gateway second = Gateway.of("deploy", "bastion2", 22);
        log.decided(FailoverStep.LEFT, GATEWAY, second, "2 failures in a row");
        log.decided(FailoverStep.TRYING, second, GATEWAY, "3 checks");
        log.decided(FailoverStep.RELAPSED, second, GATEWAY, "it was lost");
        log.decided(FailoverStep.RETURNED, second, GATEWAY, "it answered");
        assertThat(lines())
                .containsExactly(
                        "INFO orders-db: leaves deploy@bastion:22 for deploy@bastion2:22: 2 failures in a row",
                        "INFO orders-db: tries deploy@bastion:22: 3 checks",
                        "INFO orders-db: stays with deploy@bastion2:22, as deploy@bastion:22 failed its trial: it was lost",
                        "INFO orders-db: goes back from deploy@bastion2:22 to deploy@bastion:22: it answered");
    }

    @Test
    void gatewaysThatTakeTurnsInALongOutageAreToldOncePerQuietTimeEach() {
        Gateway second = Gateway.of("deploy", "bastion2", 22);
        for (int i = 0; i < 3; i++) {
            log.decided(FailoverStep.LEFT, GATEWAY, second, "it failed");
            log.decided(FailoverStep.LEFT, second, GATEWAY, "it failed");
        }
        assertThat(levels())
                .containsExactly(Level.INFO, Level.INFO, Level.DEBUG, Level.DEBUG, Level.DEBUG, Level.DEBUG);
    }

    @Test
    void givingUpIsAnErrorWithItsCauseAndRemedy() {
        log.gaveUp(refused);
        assertThat(lines())
                .containsExactly("ERROR orders-db: gave up: bastion:22 refused; check that the SSH server runs and"
                        + " listens on that port [CONNECT_REFUSED]");
    }

    @Test
    void aRepeatedFailureIsToldOncePerQuietTime() {
        for (int i = 0; i < 4; i++) {
            log.startFailed(refused);
            time.advance(QUIET.dividedBy(2));
        }
        assertThat(levels()).containsExactly(Level.WARN, Level.DEBUG, Level.WARN, Level.DEBUG);
    }

    @Test
    void anotherFailureIsToldAtOnce() {
        log.startFailed(refused);
        log.startFailed(timeout);
        assertThat(levels()).containsExactly(Level.WARN, Level.WARN);
    }

    @Test
    void twoFailuresThatTakeTurnsAreToldOncePerQuietTimeEach() {
        for (int i = 0; i < 3; i++) {
            log.startFailed(refused);
            log.startFailed(timeout);
        }
        assertThat(levels())
                .containsExactly(Level.WARN, Level.WARN, Level.DEBUG, Level.DEBUG, Level.DEBUG, Level.DEBUG);
    }

    @Test
    void theNextOutageIsToldAgain() {
        log.startFailed(refused);
        log.up(GATEWAY, 2, Duration.ofMillis(1), null);
        log.startFailed(refused);
        assertThat(levels()).containsExactly(Level.WARN, Level.INFO, Level.WARN);
    }

    @Test
    void whenTheNextStartIsDueIsForThoseWhoLookClosely() {
        log.retryIn(Duration.ofMillis(1500));
        assertThat(lines()).containsExactly("DEBUG orders-db: next start in 1500 ms");
    }

    @Test
    void everyLineStartsWithTheTunnelsNameAndHoldsNothingSecret() {
        TunnelSpec spec = TunnelSpec.builder("orders-db")
                .gateway("deploy@bastion")
                .credentials(Credentials.password(() -> "s3cret".toCharArray()))
                .forward(Forward.local("db", 5432))
                .build();
        log.startFailed(new TunnelException(
                FailureReason.AUTH_REJECTED, "the gateway accepts none of " + spec.credentials(), null));
        log.lost(new TunnelException(FailureReason.CLOSED, "closed " + spec, null));
        log.up(GATEWAY, 1, Duration.ZERO, null);
        log.retryIn(Duration.ZERO);
        log.gaveUp(refused);
        log.closed();
        assertThat(appender.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .hasSize(6)
                .allMatch(line -> line.startsWith("orders-db: "))
                .noneMatch(line -> line.contains("s3cret"));
    }

    private List<String> lines() {
        return appender.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    private List<Level> levels() {
        return appender.list.stream().map(ILoggingEvent::getLevel).toList();
    }
}
