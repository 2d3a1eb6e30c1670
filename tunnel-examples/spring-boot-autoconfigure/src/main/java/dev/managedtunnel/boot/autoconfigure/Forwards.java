package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The forwards. */
final class Forwards {
    private static final String IN_PROCESS = "in-process";

    private Forwards() {}

    /** Whether there is any. */
    static boolean given(Settings<TunnelProperties> settings) {
        return settings.first(properties -> !properties.forwards().isEmpty()).isPresent();
    }

    /** All of them, in their order. */
    static List<Value<Forward>> of(Settings<TunnelProperties> settings) {
        return settings.first(properties -> !properties.forwards().isEmpty())
                .map(Forwards::ofOneLevel)
                .orElse(List.of());
    }

    private static List<Value<Forward>> ofOneLevel(Settings<TunnelProperties> settings) {
        List<ForwardProperties> all = settings.properties().forwards();
        return IntStream.range(0, all.size())
                .mapToObj(i -> {
                    String name = settings.name("forwards[" + i + "]");
                    return new Value<>(name, forward(Settings.of(name, all.get(i))));
                })
                .toList();
    }

    private static Forward forward(Settings<ForwardProperties> settings) {
        ForwardProperties given = settings.properties();
        settings.atMostOneOf(entries -> {
            entries.put("local", given.local());
            entries.put("remote", given.remote());
            entries.put("dynamic", given.dynamic());
            entries.put("option", given.option());
        });
        settings.atMostOneOf(entries -> {
            entries.put("option", given.option());
            entries.put("listen-on", given.listenOn());
        });
        Value<String> listenOn =
                settings.find("listen-on", ForwardProperties::listenOn).orElse(null);
        Forward forward;
        if (given.option() != null) {
            forward = settings.find("option", ForwardProperties::option)
                    .orElseThrow()
                    .map(Forward::parse);
        } else if (given.local() != null) {
            Forward.Local local = map(settings, "local", ForwardProperties::local, Forward::local);
            forward = listenOn == null ? local : listenOn.map(text -> listening(local, text));
        } else if (given.remote() != null) {
            forward = map(settings, "remote", ForwardProperties::remote, target -> Forward.remote(0, target));
            Forward.Remote remote = (Forward.Remote) forward;
            forward = listenOn == null ? remote : listenOn.map(text -> listening(remote, text));
        } else if (Boolean.TRUE.equals(given.dynamic())) {
            Forward.Dynamic dynamic = Forward.dynamic();
            forward = listenOn == null ? dynamic : listenOn.map(text -> listening(dynamic, text));
        } else {
            throw new TunnelPropertyException(
                    settings.name("local"), "it is missing; give what is to be reached, as host:port");
        }
        Forward unnamed = forward;
        return settings.find("name", ForwardProperties::name)
                .map(name -> name.map(unnamed::named))
                .orElse(unnamed);
    }

    private static <F> F map(
            Settings<ForwardProperties> settings,
            String property,
            Function<ForwardProperties, @Nullable String> getter,
            Function<Endpoint, F> made) {
        return settings.find(property, getter).orElseThrow().map(text -> made.apply(Endpoints.parse(text)));
    }

    private static Forward listening(Forward.Local forward, String text) {
        if (text.equals(IN_PROCESS)) {
            return forward.inProcessOnly();
        }
        if (text.startsWith("/") || text.startsWith("~")) {
            return forward.listenOn(Path.of(text));
        }
        if (Endpoints.isPort(text)) {
            return forward.listenOn(Integer.parseInt(text));
        }
        Endpoint.Tcp place = Endpoints.tcp(text);
        return forward.listenOn(place.host(), place.port());
    }

    private static Forward listening(Forward.Remote forward, String text) {
        if (Endpoints.isPort(text)) {
            return Forward.remote(Integer.parseInt(text), forward.target());
        }
        Endpoint.Tcp place = Endpoints.tcp(text);
        return forward.listenOn(place.host(), place.port());
    }

    private static Forward listening(Forward.Dynamic forward, String text) {
        if (Endpoints.isPort(text)) {
            return forward.listenOn(Integer.parseInt(text));
        }
        Endpoint.Tcp place = Endpoints.tcp(text);
        return forward.listenOn(place.host(), place.port());
    }
}
