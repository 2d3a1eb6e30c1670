package dev.managedtunnel.boot.autoconfigure;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * One tunnel, or the defaults of all. Null is what was not said.
 *
 * @param required Whether the application starts only once the tunnel is up. When false, the tunnel is started in the
 *     background, and connections wait for it.
 * @param openTimeout How long the start of the application waits for a required tunnel.
 * @param gateway The SSH server that carries the tunnel, as [user@]host[:port].
 * @param gateways Gateways in order of preference, instead of 'gateway', where more has to be said of them.
 * @param sshConfig What OpenSSH's configuration says of a gateway, instead of 'gateway'.
 * @param redundancy How many sessions are kept up at once, over different gateways where there are several.
 * @param credentials What to log in with.
 * @param hostKeys How the gateways' host keys are checked.
 * @param forwards What the tunnel forwards: local targets as host:port, or entries with more.
 * @param probes Checks of the whole way: targets to connect to as host:port, or entries with more.
 * @param redirectConnections Whether connection details (JDBC, R2DBC, Redis, MongoDB) that name a forward's target are led
 *     through the tunnel.
 * @param connectTimeout The deadline of a whole session start.
 * @param maxWindow How much a target may send on one connection before the application has taken it.
 * @param compression Whether sessions compress what they carry.
 * @param keepAlive How a dead peer is noticed.
 * @param restart When a lost session is started again.
 * @param failover When one of several gateways is left for another one.
 * @param parking What happens to connections while no session is up.
 * @param algorithms Which algorithms sessions may use.
 */
record TunnelProperties(
        @Nullable Boolean required,
        @Nullable Duration openTimeout,
        @Nullable String gateway,
        @DefaultValue List<GatewayProperties> gateways,
        @DefaultValue SshConfig sshConfig,
        @Nullable Integer redundancy,
        @DefaultValue @NestedConfigurationProperty CredentialsProperties credentials,
        @DefaultValue @NestedConfigurationProperty HostKeysProperties hostKeys,
        @DefaultValue List<ForwardProperties> forwards,
        @DefaultValue List<ProbeProperties> probes,
        @Nullable Boolean redirectConnections,
        @Nullable Duration connectTimeout,
        @Nullable DataSize maxWindow,
        @Nullable Boolean compression,
        @DefaultValue KeepAlive keepAlive,
        @DefaultValue Restart restart,
        @DefaultValue Failover failover,
        @DefaultValue Parking parking,
        @DefaultValue Algorithms algorithms) {

    /**
     * How a dead peer is noticed.
     *
     * @param interval The silence after which the gateway is asked.
     * @param missed How many intervals without an answer end the session.
     */
    record KeepAlive(@Nullable Duration interval, @Nullable Integer missed) {}

    /**
     * When a lost session is started again.
     *
     * @param gateTime How long the first session must live for the tunnel to count as established. With 0 it is retried from the
     *     first start on.
     * @param firstDelay The delay before the second retry of a streak.
     * @param maxDelay The cap that the delay grows to.
     * @param factor What the delay is multiplied with at each further failure.
     * @param jitter By which share a delay is varied either way.
     * @param minSpacing The least time between the beginnings of two session starts.
     * @param provenAfter How long a session must be up to end a streak. Default: the greater of the gate time and 10s.
     * @param maxStarts How many session starts the tunnel may make in all; 0 is unlimited.
     * @param maxSessionAge How long a session may be up before a new one takes its place; 0 is for ever.
     * @param drain How long a session that is being replaced goes on for the connections that it has.
     * @param failFast Whether a failure that no retry can mend ends a tunnel that has never been up.
     * @param retryPermanentOnceUp Whether such a failure is retried once the tunnel has been up.
     */
    record Restart(
            @Nullable Duration gateTime,
            @Nullable Duration firstDelay,
            @Nullable Duration maxDelay,
            @Nullable Double factor,
            @Nullable Double jitter,
            @Nullable Duration minSpacing,
            @Nullable Duration provenAfter,
            @Nullable Integer maxStarts,
            @Nullable Duration maxSessionAge,
            @Nullable Duration drain,
            @Nullable Boolean failFast,
            @Nullable Boolean retryPermanentOnceUp) {}

    /**
     * When one of several gateways is left for another one.
     *
     * @param failAfter After how many failures in a row a gateway is left.
     * @param recoverAfter How many checks in a row a preferred gateway must answer before it is used again.
     * @param checkEvery The time between two of these checks.
     * @param dwell How long a gateway is used at least, before a return to a preferred one.
     * @param dampingHalfLife In which time half of the moves are forgotten that make the dwell longer.
     * @param longestDwell How long the dwell may become.
     */
    record Failover(
            @Nullable Integer failAfter,
            @Nullable Integer recoverAfter,
            @Nullable Duration checkEvery,
            @Nullable Duration dwell,
            @Nullable Duration dampingHalfLife,
            @Nullable Duration longestDwell) {}

    /**
     * What OpenSSH's configuration says of a gateway.
     *
     * @param destination A 'Host' of the configuration: gateway, credentials, forwards and all else are taken from there.
     *     What the other properties say is said in addition, or instead.
     * @param file The configuration, instead of ~/.ssh/config and /etc/ssh/ssh_config.
     */
    record SshConfig(@Nullable String destination, @Nullable String file) {}

    /**
     * What happens to connections while no session is up.
     *
     * @param limit How many connections may wait at a time; 0 refuses them at once.
     * @param maxWait How long one may wait.
     */
    record Parking(@Nullable Integer limit, @Nullable Duration maxWait) {}

    /**
     * Which algorithms sessions may use, in OpenSSH's notation.
     *
     * @param keyExchange Key exchange algorithms, such as +diffie-hellman-group14-sha1.
     * @param hostKeys Host key algorithms, such as +ssh-rsa.
     * @param publicKeys Algorithms to log in with by key, such as +ssh-rsa.
     * @param ciphers Ciphers, such as ^chacha20-poly1305@openssh.com.
     * @param macs MACs, such as -*sha1*.
     */
    record Algorithms(
            @Nullable String keyExchange,
            @Nullable String hostKeys,
            @Nullable String publicKeys,
            @Nullable String ciphers,
            @Nullable String macs) {}
}
