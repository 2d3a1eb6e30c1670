package dev.managedtunnel.micrometer;

/** The names of all meters, observations, tags and keys: they are API, dashboards and alerts match on them. */
final class Meters {
    static final String UP = "tunnel.up";
    static final String STATE = "tunnel.state";
    static final String STATE_AGE = "tunnel.state.age";
    static final String SESSIONS = "tunnel.sessions";
    static final String SESSION_AGE = "tunnel.session.age";
    static final String CONNECTIONS_ACTIVE = "tunnel.connections.active";
    static final String CONNECTIONS_PARKED = "tunnel.connections.parked";
    static final String KEEPALIVE_RTT = "tunnel.keepalive.rtt";
    static final String RETRY_DELAY = "tunnel.retry.delay";
    static final String STARTS = "tunnel.starts";
    static final String START_FAILURES = "tunnel.start.failures";
    static final String LAST_FAILURE = "tunnel.last.failure";
    static final String LOSSES = "tunnel.losses";
    static final String CONNECTIONS = "tunnel.connections";
    static final String BYTES = "tunnel.bytes";
    static final String CONNECT = "tunnel.connect";
    static final String OUTAGE = "tunnel.outage";
    static final String CHANNEL_OPEN = "tunnel.channel.open";
    static final String PARKED_TIME = "tunnel.parked.time";
    static final String PROBE_RESULTS = "tunnel.probe.results";
    static final String PROBE_HEALTHY = "tunnel.probe.healthy";

    static final String TAG_TUNNEL = "tunnel";
    static final String TAG_GATEWAY = "gateway";
    static final String TAG_FORWARD = "forward";
    static final String TAG_REASON = "reason";
    static final String TAG_OUTCOME = "outcome";
    static final String TAG_STATE = "state";
    static final String TAG_PHASE = "phase";
    static final String TAG_DIRECTION = "direction";
    static final String TAG_PROBE = "probe";
    static final String TAG_RESULT = "result";

    static final String SESSION_START = "tunnel.session.start";

    static final String KEY_START = "start";
    static final String KEY_DETAIL = "detail";

    private Meters() {}
}
