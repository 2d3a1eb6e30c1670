package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelSpec;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.io.ApplicationResourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** What the pages say of properties is so. */
class PropertiesDocumentedTest {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern YAML = Pattern.compile("^```yaml\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final String SETTINGS = "docs/settings.md";

    @Test
    void theSettingsPageNamesExactlyThePropertiesThatThereAre() throws IOException {
        Set<String> there = new TreeSet<>(properties().keySet());
        Stream.of(GatewayProperties.class, ForwardProperties.class, ProbeProperties.class)
                .forEach(type -> elements(element(type), type, there));
        Set<String> documented = Stream.concat(rows(7).map(row -> row.get(1)), rows(3).map(row -> row.get(0)))
                .flatMap(cell -> CODE.matcher(cell).results().map(found -> found.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented)
                .filteredOn(name -> name.endsWith(".*"))
                .allSatisfy(group -> assertThat(there)
                        .anyMatch(name -> name.equals(group) || name.startsWith(group.replace("*", ""))));
        assertThat(documented).filteredOn(isALeafOf(there)).containsExactlyElementsOf(there);
    }

    /** A group that is not told of in full has its leaves on the page. */
    private static Predicate<String> isALeafOf(Set<String> there) {
        return name -> !name.endsWith(".*") || there.contains(name);
    }

    @Test
    void theDefaultsOfWhatIsSpringsOnlyAreTheMetadatas() throws IOException {
        Map<String, String> properties = properties();
        assertThat(rows(3).filter(row -> row.get(0).startsWith("`")).toList())
                .hasSizeGreaterThan(5)
                .allSatisfy(row -> assertThat(row.get(1).replace(" ", ""))
                        .as(row.get(0))
                        .isEqualTo(properties.get(row.get(0).replace("`", ""))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"README.md", "docs/coming-from-autossh.md", "tunnel-examples/spring-boot-autoconfigure/README.md"
            })
    void everyConfigurationOnAPageIsUnderstood(String page) throws IOException {
        List<String> blocks = configurations(page);
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            assertThat(bind(block).tunnels()).as(block).isNotEmpty();
        }
    }

    @Test
    void theUnitFilesTunnelIsThatOfTheSamePagesJava() throws IOException {
        ManagedTunnelProperties properties =
                bind(configurations("docs/coming-from-autossh.md").get(0));
        ResourceFiles files = new ResourceFiles(ApplicationResourceLoader.get());
        TunnelSpec spec = new TunnelSpecs(new Logins(files, new Secrets(new DefaultListableBeanFactory())))
                .builder("orders", properties.settings("orders"))
                .build();

        // As ComingFromAutosshTest has it from the page's Java.
        assertThat(spec.gateways())
                .containsExactly(
                        Gateway.parse("deploy@bastion.example.com:2222").via(Gateway.parse("jump@edge.example.com")));
        assertThat(spec.credentials()).singleElement().hasToString("private key /etc/orders/id_ed25519");
        assertThat(spec.hostKeys()).hasToString("known hosts [/etc/orders/known_hosts]");
        assertThat(spec.forwards())
                .containsExactly(
                        Forward.parse("-L", "15432:db.internal:5432"), Forward.parse("-R", "9000:localhost:9000"));
        assertThat(spec.keepAlive().interval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(spec.restart().maxDelay()).isEqualTo(Duration.ofSeconds(60));
        assertThat(spec.restart().minSpacing()).isEqualTo(Duration.ofSeconds(5));
        assertThat(properties.settings("orders").get(TunnelProperties::required, true))
                .isFalse();
    }

    /** Leaf properties by their names on the page, with the defaults. */
    private static Map<String, String> properties() {
        Map<String, String> all = new TreeMap<>();
        ConfigurationMetadataTest.read().properties().forEach(property -> {
            String name = property.name().replace(ManagedTunnelProperties.DEFAULTS + ".", "");
            if (!name.equals(ManagedTunnelProperties.TUNNELS)) {
                all.put(name, String.valueOf(property.defaultValue()));
            }
        });
        return all;
    }

    private static String element(Class<?> type) {
        return kebab(type.getSimpleName().replace("Properties", "")) + "s[].";
    }

    /** The metadata stops at lists. What a tunnel has under the same name is not told of twice. */
    private static void elements(String prefix, Class<?> type, Set<String> names) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + kebab(component.getName());
            if (component.getType() == GatewayProperties.Proxy.class) {
                elements(name + ".", component.getType(), names);
            } else {
                names.add(component.getType().isRecord() ? name + ".*" : name);
            }
        }
    }

    private static String kebab(String name) {
        return name.replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static Stream<List<String>> rows(int cells) throws IOException {
        return page(SETTINGS)
                .lines()
                .filter(line -> line.startsWith("| ") && line.endsWith("|"))
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .filter(row -> row.size() == cells);
    }

    private static List<String> configurations(String page) throws IOException {
        return YAML.matcher(page(page))
                .results()
                .map(found -> found.group(1))
                .filter(block -> block.startsWith("managed-tunnel:"))
                .toList();
    }

    private static String page(String name) throws IOException {
        Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        return Files.readString(module.resolve("../..").resolve(name));
    }

    private static ManagedTunnelProperties bind(String yaml) throws IOException {
        List<PropertySource<?>> sources = new YamlPropertySourceLoader()
                .load("page", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
        return new Binder(ConfigurationPropertySources.from(sources))
                .bind(
                        ManagedTunnelProperties.PREFIX,
                        Bindable.of(ManagedTunnelProperties.class),
                        new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
                .get();
    }
}
