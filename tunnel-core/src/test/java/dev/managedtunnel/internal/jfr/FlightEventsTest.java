package dev.managedtunnel.internal.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.status.Recorder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.Threshold;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a real server, see {@code FlightRecorderIT}. */
class FlightEventsTest {
    private static final Gateway GATEWAY = Gateway.parse("deploy@bastion");
    private final TunnelException why = new TunnelException(FailureReason.CONNECTION_LOST, "the cable was cut", null);
    /** A row of the table in docs/metrics.md: event, threshold, fields, meaning. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `(dev\\.managedtunnel\\.\\w+)` \\| ([^|]*)\\| ([^|]*)\\| .+ \\|$", Pattern.MULTILINE);

    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    private final Recorder recorder = new JfrRecorder("orders");

    @TempDir
    private Path directory;

    private static Stream<Class<? extends FlightEvents.TunnelEvent>> kinds() {
        return Arrays.stream(FlightEvents.class.getDeclaredClasses())
                .filter(one -> !one.equals(FlightEvents.TunnelEvent.class))
                .map(one -> one.asSubclass(FlightEvents.TunnelEvent.class));
    }

    private static List<EventType> types() {
        return kinds().map(EventType::getEventType).toList();
    }

    private static List<ValueDescriptor> fields(EventType type) {
        List<String> everyEventHas = List.of("startTime", "duration", "eventThread", "stackTrace");
        return type.getFields().stream()
                .filter(field -> !everyEventHas.contains(field.getName()))
                .toList();
    }

    private static String described(Class<? extends FlightEvents.TunnelEvent> kind) {
        Threshold threshold = kind.getAnnotation(Threshold.class);
        List<String> names = fields(EventType.getEventType(kind)).stream()
                .map(ValueDescriptor::getName)
                .sorted()
                .toList();
        return (threshold == null ? "" : threshold.value()) + " " + names;
    }

    @Test
    void theTableNamesExactlyTheEventsThresholdsAndFieldsThatThereAre() throws IOException {
        Path page = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("docs/metrics.md");
        Map<String, String> documented = ROW.matcher(Files.readString(page))
                .results()
                .collect(Collectors.toMap(
                        row -> row.group(1),
                        row -> row.group(2).strip() + " " + names(row.group(3)),
                        (one, other) -> one + other,
                        TreeMap::new));
        Map<String, String> there = new TreeMap<>();
        kinds().forEach(kind -> there.put(EventType.getEventType(kind).getName(), described(kind)));
        assertThat(documented).hasSize(4).isEqualTo(there);
    }

    private static List<String> names(String cell) {
        return NAME.matcher(cell)
                .results()
                .map((MatchResult name) -> name.group(1))
                .sorted()
                .toList();
    }

    @Test
    void eachEventAndFieldIsLabelledAndTheEventsAreInOneCategoryWithoutStackTraces() {
        assertThat(types()).hasSize(4).allSatisfy(type -> {
            assertThat(type.getCategoryNames()).containsExactly("Managed Tunnel");
            assertThat(type.getLabel()).isNotBlank().isNotEqualTo(type.getName());
            assertThat(type.getDescription()).isNotBlank();
            assertThat(type.getSettingDescriptors())
                    .filteredOn(setting -> setting.getName().equals("stackTrace"))
                    .allSatisfy(setting -> assertThat(setting.getDefaultValue()).isEqualTo("false"));
            assertThat(fields(type))
                    .allSatisfy(
                            field -> assertThat(field.getLabel()).isNotBlank().isNotEqualTo(field.getName()));
        });
    }

    @Test
    void startsThatOverlapAreToldApartAndWhatTheTunnelLeavesIsCancelled() throws IOException {
        List<RecordedEvent> events = record(() -> {
            recorder.startBegan(GATEWAY, 1);
            recorder.startBegan(GATEWAY, 2);
            recorder.startBegan(GATEWAY, 3);
            recorder.startEnded(2, why);
            recorder.startEnded(1, null);
            recorder.tunnelEnded();
            recorder.startEnded(3, null);
        });
        assertThat(events)
                .extracting(event -> event.getLong("start") + " " + event.getString("outcome") + " "
                        + event.getString("reason") + " " + event.getString("detail"))
                .containsExactlyInAnyOrder(
                        "2 failed connection_lost the cable was cut", "1 up null null", "3 cancelled null null");
    }

    @Test
    void anOutageBeginsWithTheLossOfTheLastSessionOnly() throws IOException {
        List<RecordedEvent> events = record(() -> {
            recorder.sessionLost(GATEWAY, Duration.ofSeconds(5), why, false);
            recorder.sessionLost(GATEWAY, Duration.ofSeconds(7), why, true);
            recorder.outage(Duration.ofMillis(3));
            recorder.outage(Duration.ofMillis(3));
            recorder.sessionLost(GATEWAY, Duration.ofSeconds(9), why, true);
            recorder.tunnelEnded();
        });
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("dev.managedtunnel.SessionLoss"))
                .extracting(event -> event.getDuration("age"))
                .containsExactlyInAnyOrder(Duration.ofSeconds(5), Duration.ofSeconds(7), Duration.ofSeconds(9));
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("dev.managedtunnel.Outage"))
                .extracting(event -> event.getBoolean("recovered"))
                .containsExactlyInAnyOrder(true, false);
    }

    @Test
    void whatBecomesOfAChannelIsToldOnce() throws IOException {
        List<RecordedEvent> events = record(() -> {
            Recorder.Opening opening = recorder.channelOpening("db");
            opening.ended("refused");
            opening.ended("given_up");
        });
        assertThat(events)
                .singleElement()
                .satisfies(event -> assertThat(event.getString("outcome")).isEqualTo("refused"));
    }

    @Test
    void whatNobodyRecordsIsNotAllocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(recorder.channelOpening("db")).isNull();
        int opens = 100_000;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < opens; i++) {
            recorder.channelOpening("db");
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        // What the measuring itself takes, and no object for each.
        assertThat(bytes).isLessThan(opens);
    }

    private List<RecordedEvent> record(Runnable happening) throws IOException {
        Path file = directory.resolve("flight.jfr");
        try (Recording recording = new Recording()) {
            types().forEach(type -> recording.enable(type.getName()).withoutThreshold());
            recording.start();
            happening.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("dev.managedtunnel."))
                .toList();
    }
}
