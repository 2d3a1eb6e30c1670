package dev.managedtunnel.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.link.StartPhase;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerRecorderTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TimerRecorder recorder = new TimerRecorder(registry, Tags.of("tunnel", "t"));

    TimerRecorderTest() {
        assertThat(recorder.sessions()).hasSize(StartPhase.values().length + 1);
        assertThat(recorder.forward("orders")).hasSize(2);
        assertThat(recorder.forward("replica")).hasSize(2);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void eachPhaseOfAStartIsKeptByItself() {
        recorder.sessionUp(Map.of(StartPhase.KEX, Duration.ofMillis(30), StartPhase.AUTH, Duration.ofMillis(10)));
        recorder.sessionUp(Map.of(StartPhase.KEX, Duration.ofMillis(50)));
        assertThat(timer(Meters.CONNECT, "phase", "kex").count()).isEqualTo(2);
        assertThat(timer(Meters.CONNECT, "phase", "kex").totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(80);
        assertThat(timer(Meters.CONNECT, "phase", "auth").totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(10);
        assertThat(timer(Meters.CONNECT, "phase", "resolve").count()).isZero();
    }

    @Test
    void outagesAreKept() {
        recorder.outage(Duration.ofSeconds(2));
        assertThat(timer(Meters.OUTAGE).totalTime(TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void channelOpensAndParkedTimesAreKeptByForward() {
        recorder.channelOpened("orders", Duration.ofMillis(3));
        recorder.parked("replica", Duration.ofMillis(4));
        assertThat(timer(Meters.CHANNEL_OPEN, "forward", "orders").count()).isEqualTo(1);
        assertThat(timer(Meters.CHANNEL_OPEN, "forward", "replica").count()).isZero();
        assertThat(timer(Meters.PARKED_TIME, "forward", "replica").totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(4);
        assertThat(timer(Meters.PARKED_TIME, "forward", "orders").count()).isZero();
    }

    @Test
    void aForwardThatItDoesNotKnowHarmsNothing() {
        recorder.channelOpened("later", Duration.ofMillis(3));
        recorder.parked("later", Duration.ofMillis(3));
        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(((Timer) meter).count()).isZero());
    }

    @Test
    void aForwardThatIsRemovedIsForgotten() {
        recorder.forget("orders");
        recorder.channelOpened("orders", Duration.ofMillis(3));
        assertThat(timer(Meters.CHANNEL_OPEN, "forward", "orders").count()).isZero();
    }

    private Timer timer(String name, String... tags) {
        return registry.get(name).tags(tags).timer();
    }
}
