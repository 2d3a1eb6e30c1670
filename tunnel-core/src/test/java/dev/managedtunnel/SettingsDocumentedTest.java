package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.managedtunnel.testing.DocPage;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables in docs/settings.md and the public API say the same: names, defaults and ranges. */
class SettingsDocumentedTest {
    private static final DocPage PAGE = DocPage.of("settings.md");
    private static final int JAVA = 0;
    private static final int DEFAULT = 2;
    private static final int RANGE = 3;

    /** What settings are made with. */
    private static final List<Class<?>> TYPES = List.of(
            TunnelSpec.class,
            TunnelSpec.Builder.class,
            Gateway.class,
            Proxy.class,
            Credentials.class,
            Credentials.PrivateKey.class,
            Credentials.Password.class,
            Credentials.Agent.class,
            Credentials.KeyboardInteractive.class,
            HostKeys.class,
            Forward.class,
            Forward.Local.class,
            Forward.Remote.class,
            Forward.Dynamic.class,
            Endpoint.class,
            KeepAlive.class,
            Parking.class,
            RestartPolicy.class,
            RestartPolicy.Builder.class,
            FailoverPolicy.class,
            FailoverPolicy.Builder.class,
            Probe.class,
            Algorithms.class);

    private static final TunnelSpec SPEC = tunnel().build();
    private static final RestartPolicy RESTART = SPEC.restart();
    private static final FailoverPolicy FAILOVER = SPEC.failover();
    private static final Probe PROBE = Probe.echoLoop();

    /** What can be compared: the defaults as the page orders them, and for those with a range how they are set. */
    private static final Map<String, Setting> SETTINGS = new LinkedHashMap<>();

    static {
        time("connectTimeout", SPEC.connectTimeout(), time -> tunnel().connectTimeout(time));
        time("KeepAlive.every", SPEC.keepAlive().interval(), KeepAlive::every);
        number(
                "KeepAlive.missed",
                SPEC.keepAlive().missed(),
                count -> SPEC.keepAlive().missed(count));
        setting(
                "RestartPolicy.backoff",
                List.of(RESTART.firstDelay(), RESTART.maxDelay()),
                time -> RestartPolicy.builder().backoff((Duration) time, Duration.ofDays(9)));
        setting(
                "RestartPolicy.factor",
                List.of(RESTART.factor()),
                value -> RestartPolicy.builder().factor(((Number) value).doubleValue()));
        setting(
                "RestartPolicy.jitter",
                List.of(RESTART.jitter()),
                value -> RestartPolicy.builder().jitter(((Number) value).doubleValue()));
        time(
                "RestartPolicy.minSpacing",
                RESTART.minSpacing(),
                time -> RestartPolicy.builder().minSpacing(time));
        time(
                "RestartPolicy.provenAfter",
                RESTART.provenAfter(),
                time -> RestartPolicy.builder().provenAfter(time));
        time(
                "RestartPolicy.gateTime",
                RESTART.gateTime(),
                time -> RestartPolicy.builder().gateTime(time));
        number(
                "RestartPolicy.maxStarts",
                RESTART.maxStarts(),
                count -> RestartPolicy.builder().maxStarts(count));
        time(
                "RestartPolicy.maxSessionAge",
                RESTART.maxSessionAge(),
                time -> RestartPolicy.builder().maxSessionAge(time));
        time(
                "RestartPolicy.drain",
                RESTART.drain(),
                time -> RestartPolicy.builder().drain(time));
        setting("RestartPolicy.failFast", List.of(RESTART.failFast()), null);
        setting("RestartPolicy.retryPermanentOnceUp", List.of(RESTART.retryPermanentOnceUp()), null);
        number("redundancy", SPEC.redundancy(), count -> tunnel().redundancy(count));
        number(
                "FailoverPolicy.failAfter",
                FAILOVER.failAfter(),
                count -> FailoverPolicy.builder().failAfter(count));
        number(
                "FailoverPolicy.recoverAfter",
                FAILOVER.recoverAfter(),
                count -> FailoverPolicy.builder().recoverAfter(count));
        time(
                "FailoverPolicy.checkEvery",
                FAILOVER.checkEvery(),
                time -> FailoverPolicy.builder().checkEvery(time));
        time(
                "FailoverPolicy.dwell",
                FAILOVER.dwell(),
                time -> FailoverPolicy.builder().dwell(time));
        setting(
                "FailoverPolicy.damping",
                List.of(FAILOVER.dampingHalfLife(), FAILOVER.longestDwell()),
                time -> FailoverPolicy.builder().damping((Duration) time, Duration.ofHours(2)));
        time("Probe.every", PROBE.interval(), PROBE::every);
        time("Probe.timeout", PROBE.timeout(), PROBE::timeout);
        setting(
                "Probe.failAfter",
                List.of(PROBE.failures(), PROBE.window()),
                count -> PROBE.failAfter(((Number) count).intValue(), 100));
        number("Probe.recoverAfter", PROBE.recovery(), PROBE::recoverAfter);
        setting("Probe.restartSession", List.of(PROBE.restartsSession()), null);
        number("Parking.upTo", SPEC.parking().limit(), Parking::upTo);
        time(
                "Parking.forAtMost",
                SPEC.parking().longest(),
                time -> SPEC.parking().forAtMost(time));
        number("maxWindow", SPEC.maxWindow(), bytes -> tunnel().maxWindow(bytes));
        setting("compression", List.of(SPEC.compression()), null);
        setting("TunnelSpec.open", List.of(true, TunnelSpec.DEFAULT_OPEN_TIMEOUT), null);
    }

    /** @param set null for what has no range */
    private record Setting(List<?> defaults, @Nullable Consumer<Object> set) {}

    private static void setting(String name, List<?> defaults, @Nullable Consumer<Object> set) {
        SETTINGS.put(name, new Setting(defaults, set));
    }

    private static void time(String name, Duration byDefault, Consumer<Duration> set) {
        setting(name, List.of(byDefault), value -> set.accept((Duration) value));
    }

    private static void number(String name, int byDefault, Consumer<Integer> set) {
        setting(name, List.of(byDefault), value -> set.accept(((Number) value).intValue()));
    }

    private static TunnelSpec.Builder tunnel() {
        return TunnelSpec.builder("documented")
                .gateway("me@bastion")
                .credentials(Credentials.agent())
                .forward(Forward.local("db.internal", 5432));
    }

    private static List<List<String>> rows() {
        List<List<String>> rows = PAGE.rows(7).stream()
                .filter(row -> row.get(JAVA).startsWith("`"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(50);
        return rows;
    }

    private static Set<String> documented() {
        return rows().stream()
                .flatMap(row -> DocPage.code(row.get(JAVA)).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everySettingIsOnThePage() {
        assertThat(documented())
                .containsAll(methods(SettingsDocumentedTest::makesASetting).collect(Collectors.toSet()));
    }

    @Test
    void everythingOnThePageExists() {
        assertThat(methods(any -> true).collect(Collectors.toSet())).containsAll(documented());
    }

    private static Stream<String> methods(Predicate<Method> which) {
        return TYPES.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                        .filter(method -> !isInherited(method))
                        .filter(which)
                        .map(method -> owner(type) + method.getName()));
    }

    /** {@code Local.named} is {@code Forward.named}. */
    private static boolean isInherited(Method method) {
        return Arrays.stream(method.getDeclaringClass().getInterfaces())
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .anyMatch(other -> other.getName().equals(method.getName())
                        && Arrays.equals(other.getParameterTypes(), method.getParameterTypes()));
    }

    private static String owner(Class<?> type) {
        if (type == TunnelSpec.Builder.class) {
            return "";
        }
        boolean isBuilder = type.getSimpleName().equals("Builder");
        return (isBuilder ? type.getEnclosingClass() : type).getSimpleName() + ".";
    }

    /** It gives back what it belongs to. */
    private static boolean makesASetting(Method method) {
        Class<?> type = method.getDeclaringClass();
        boolean startsASpecification = Modifier.isStatic(method.getModifiers()) && type == TunnelSpec.class;
        boolean isACheck = method.getName().startsWith("require");
        return startsASpecification || (type.isAssignableFrom(method.getReturnType()) && !isACheck);
    }

    @Test
    void theDefaultsAreThoseOfABuiltSpecification() {
        for (List<String> row : rows()) {
            Setting setting = setting(row);
            List<Object> said = values(row.get(DEFAULT));
            if (setting != null) {
                assertThat(said.subList(0, setting.defaults().size()))
                        .as("default of " + row.get(JAVA))
                        .usingElementComparator(SettingsDocumentedTest::compare)
                        .isEqualTo(setting.defaults());
            } else {
                assertThat(said.stream().filter(value -> !(value instanceof Boolean)))
                        .as("defaults of " + row.get(JAVA) + ", which this test does not know")
                        .isEmpty();
            }
        }
    }

    @Test
    void everythingThatCanBeComparedIsOnThePage() {
        assertThat(documented()).containsAll(SETTINGS.keySet());
    }

    @Test
    void theRangesAreThoseThatAreEnforced() {
        int compared = 0;
        for (List<String> row : rows()) {
            Setting setting = setting(row);
            Consumer<Object> set = setting == null ? null : setting.set();
            Iterator<Object> range = values(row.get(RANGE)).iterator();
            if (set == null || !range.hasNext()) {
                continue;
            }
            compared++;
            Object least = range.next();
            assertThatCode(() -> set.accept(least)).as(row.toString()).doesNotThrowAnyException();
            if (range.hasNext() && !row.get(RANGE).contains("or at least")) {
                Object most = range.next();
                assertThatCode(() -> set.accept(most)).as(row.toString()).doesNotThrowAnyException();
                assertThatIllegalArgumentException().as(row.toString()).isThrownBy(() -> set.accept(beside(most, 1)));
            } else if (range.hasNext()) {
                Object next = range.next();
                assertThatCode(() -> set.accept(next)).as(row.toString()).doesNotThrowAnyException();
                assertThatIllegalArgumentException().as(row.toString()).isThrownBy(() -> set.accept(beside(next, -1)));
            }
            assertThatIllegalArgumentException().as(row.toString()).isThrownBy(() -> set.accept(beside(least, -1)));
        }
        assertThat(compared).isGreaterThan(20);
    }

    private static @Nullable Setting setting(List<String> row) {
        return DocPage.code(row.get(JAVA)).stream()
                .filter(SETTINGS::containsKey)
                .map(SETTINGS::get)
                .findFirst()
                .orElse(null);
    }

    private static int compare(Object one, Object other) {
        return one instanceof Number a && other instanceof Number b
                ? Double.compare(a.doubleValue(), b.doubleValue())
                : one.equals(other) ? 0 : 1;
    }

    /** A little more or less. */
    private static Object beside(Object value, int sign) {
        if (value instanceof Duration time) {
            return time.plusMillis(sign);
        }
        double number = ((Number) value).doubleValue();
        return number + sign * (number % 1 == 0 ? 1 : 0.001);
    }

    private static final Pattern VALUE = Pattern.compile(
            "(?<![\\w`:.])(?:(\\d+(?:\\.\\d+)?)(?: (ms|s|min|h|day|MiB)\\b)?|(true|false))(?![\\w`.-])");

    /** The times, sizes, numbers and truths in a cell. */
    private static List<Object> values(String cell) {
        String plain = cell.replaceAll("`[^`]*`|\\bport \\d+( to \\d+)?|\\b\\d+ (to \\d+ )?letters", "");
        return VALUE.matcher(plain).results().map(SettingsDocumentedTest::value).toList();
    }

    private static Object value(MatchResult found) {
        if (found.group(3) != null) {
            return Boolean.valueOf(found.group(3));
        }
        double number = Double.parseDouble(found.group(1));
        String unit = String.valueOf(found.group(2));
        return switch (unit) {
            case "ms" -> Duration.ofMillis((long) number);
            case "s" -> Duration.ofSeconds((long) number);
            case "min" -> Duration.ofMinutes((long) number);
            case "h" -> Duration.ofHours((long) number);
            case "day" -> Duration.ofDays((long) number);
            case "MiB" -> number * 1024 * 1024;
            default -> number;
        };
    }
}
