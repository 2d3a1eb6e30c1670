package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.jdbc.TunnelSocketFactory;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ReflectionUtils;

/** What a native image has to know: what Spring's binder and JDBC drivers find by name. */
final class TunnelRuntimeHints implements RuntimeHintsRegistrar {
    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        for (Class<?> type : List.of(GatewayProperties.class, ForwardProperties.class, ProbeProperties.class)) {
            hints.reflection()
                    .registerMethod(
                            Objects.requireNonNull(ReflectionUtils.findMethod(type, "valueOf", String.class)),
                            ExecutableMode.INVOKE);
        }
        hints.reflection().registerType(TunnelSocketFactory.class, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS);
    }
}
