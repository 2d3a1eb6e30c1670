package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Parking;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class QuietLogTest {
    static {
        // The library's module knows nothing of the back end that its tests log to.
        ModuleLayer.boot().modules().stream()
                .filter(module -> module.getName().startsWith("ch.qos.logback"))
                .forEach(module -> QuietLogTest.class.getModule().addReads(module));
    }

    @Test
    void warnsOfRefusedTargetsOnceInAQuietTime() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(Forwarder.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            for (int i = 1; i <= 3; i++) {
                refuse(rig, link, i);
            }
            rig.scheduler.advance(Duration.ofSeconds(61));
            refuse(rig, link, 4);
            assertThat(lines.list)
                    .filteredOn(line -> line.getLevel() == Level.WARN)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(
                            "test: forward db:5432: TARGET_REFUSED: refused 1",
                            "test: forward db:5432: TARGET_REFUSED: refused 4");
            assertThat(lines.list)
                    .allSatisfy(line -> assertThat(line.getFormattedMessage()).startsWith("test: "));
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void warnsOfClientsThatWereTurnedAwayDuringAnOutage() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(Forwarder.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (Rig rig = new Rig(Parking.upTo(1))) {
            rig.connect();
            rig.awaitWaiting(1);
            rig.connect();
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
            rig.connect();
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 2);
            rig.scheduler.advance(Duration.ofSeconds(30));
            rig.awaitCount(ConnectionOutcome.PARKING_EXPIRED, 1);
            assertThat(lines.list)
                    .filteredOn(line -> line.getLevel() == Level.WARN)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(
                            "test: forward db:5432: PARKING_FULL: no session is up, and 1 wait already",
                            "test: forward db:5432: PARKING_EXPIRED: no session came up within 30 s");
        } finally {
            logger.detachAppender(lines);
        }
    }

    private static void refuse(Rig rig, FakeLink link, int number) throws Exception {
        rig.connect();
        link.next().refuse("refused " + number);
        rig.awaitCount(ConnectionOutcome.TARGET_REFUSED, number);
    }
}
