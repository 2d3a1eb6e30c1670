package dev.managedtunnel.micrometer;

import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.status.Recorder;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the durations of a tunnel in timers that exist from the start. Thread-safe. */
final class TimerRecorder implements Recorder {
    private final Map<StartPhase, Timer> connect = new EnumMap<>(StartPhase.class);
    private final Timer outage;
    private final Map<String, Timer> channelOpen = new HashMap<>();
    private final Map<String, Timer> parkedTime = new HashMap<>();

    TimerRecorder(MeterRegistry registry, Tags tags, List<TunnelStatus.Forwarded> forwards) {
        for (StartPhase phase : StartPhase.values()) {
            Tags one = tags.and(Meters.TAG_PHASE, phase.tag());
            connect.put(phase, timer(registry, Meters.CONNECT, "Phases of session starts that succeeded", one));
        }
        outage = timer(registry, Meters.OUTAGE, "From the loss of a session to the next one up", tags);
        for (TunnelStatus.Forwarded forwarded : forwards) {
            String name = forwarded.forward().name();
            Tags one = tags.and(Meters.TAG_FORWARD, name);
            channelOpen.put(name, timer(registry, Meters.CHANNEL_OPEN, "Until the gateway reached the target", one));
            parkedTime.put(name, timer(registry, Meters.PARKED_TIME, "How long connections waited for a session", one));
        }
    }

    private static Timer timer(MeterRegistry registry, String name, String what, Tags tags) {
        return Timer.builder(name).description(what).tags(tags).register(registry);
    }

    List<Meter> timers() {
        List<Meter> all = new ArrayList<>(connect.values());
        all.add(outage);
        all.addAll(channelOpen.values());
        all.addAll(parkedTime.values());
        return all;
    }

    @Override
    public void sessionUp(Map<StartPhase, Duration> phases) {
        phases.forEach((phase, took) -> record(connect.get(phase), took));
    }

    @Override
    public void outage(Duration duration) {
        outage.record(duration);
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
