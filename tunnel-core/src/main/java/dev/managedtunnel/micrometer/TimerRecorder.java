package dev.managedtunnel.micrometer;

import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.status.Recorder;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps the durations of a tunnel in timers, once these are registered. Thread-safe. */
final class TimerRecorder implements Recorder {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<StartPhase, Timer> connect = new ConcurrentHashMap<>();
    private final Map<String, Timer> channelOpen = new ConcurrentHashMap<>();
    private final Map<String, Timer> parkedTime = new ConcurrentHashMap<>();
    private volatile @Nullable Timer outage;

    TimerRecorder(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /** Registers the timers of sessions. */
    List<Meter> sessions() {
        List<Meter> all = new ArrayList<>();
        for (StartPhase phase : StartPhase.values()) {
            Tags one = tags.and(Meters.TAG_PHASE, phase.tag());
            Timer timer = timer(Meters.CONNECT, "Phases of session starts that succeeded", one);
            connect.put(phase, timer);
            all.add(timer);
        }
        Timer timer = timer(Meters.OUTAGE, "From the loss of the last session to the next one up", tags);
        outage = timer;
        all.add(timer);
        return all;
    }

    /** Registers the timers of a forward. */
    List<Meter> forward(String name) {
        Tags one = tags.and(Meters.TAG_FORWARD, name);
        Timer open = timer(Meters.CHANNEL_OPEN, "Until the gateway reached the target", one);
        Timer parked = timer(Meters.PARKED_TIME, "How long connections waited for a session", one);
        channelOpen.put(name, open);
        parkedTime.put(name, parked);
        return List.of(open, parked);
    }

    /** The forward is removed. */
    void forget(String name) {
        channelOpen.remove(name);
        parkedTime.remove(name);
    }

    private Timer timer(String name, String what, Tags series) {
        return Timer.builder(name).description(what).tags(series).register(registry);
    }

    @Override
    public void sessionUp(Map<StartPhase, Duration> phases) {
        phases.forEach((phase, took) -> record(connect.get(phase), took));
    }

    @Override
    public void outage(Duration duration) {
        record(outage, duration);
    }

    @Override
    public void channelOpened(String forward, Duration duration) {
        record(channelOpen.get(forward), duration);
    }

    @Override
    public void parked(String forward, Duration duration) {
        record(parkedTime.get(forward), duration);
    }

    private static void record(@Nullable Timer timer, Duration duration) {
        if (timer != null) {
            timer.record(duration);
        }
    }
}
