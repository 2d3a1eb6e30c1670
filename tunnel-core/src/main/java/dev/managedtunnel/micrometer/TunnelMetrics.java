package dev.managedtunnel.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** The meters of a tunnel. A placeholder until there is a tunnel. */
public final class TunnelMetrics implements MeterBinder {
    /** A binder without meters. */
    public TunnelMetrics() {}

    @Override
    public void bindTo(MeterRegistry registry) {}
}
