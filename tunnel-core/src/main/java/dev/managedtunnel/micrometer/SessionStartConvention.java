package dev.managedtunnel.micrometer;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/** Names and keys of an observed session start, unless the application has a convention of its own. */
final class SessionStartConvention implements ObservationConvention<SessionStartContext> {
    @Override
    public String getName() {
        return Meters.SESSION_START;
    }

    @Override
    public String getContextualName(SessionStartContext context) {
        return "session start " + context.tunnel();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(SessionStartContext context) {
        return KeyValues.of(
                KeyValue.of(Meters.TAG_TUNNEL, context.tunnel()),
                KeyValue.of(Meters.TAG_GATEWAY, context.gateway().toString()),
                KeyValue.of(Meters.TAG_OUTCOME, context.outcome()),
                KeyValue.of(
                        Meters.TAG_REASON,
                        context.failure().map(why -> why.reason().tag()).orElse(KeyValue.NONE_VALUE)));
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(SessionStartContext context) {
        KeyValues start = KeyValues.of(Meters.KEY_START, String.valueOf(context.start()));
        return context.failure()
                .map(why -> start.and(Meters.KEY_DETAIL, why.detail()))
                .orElse(start);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof SessionStartContext;
    }
}
