package dev.managedtunnel.boot.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How host keys are checked: one of these. Without any, strictly against the user's and the system's known_hosts.
 *
 * @param knownHosts Strict checking against these known_hosts files or resources, instead of ~/.ssh/known_hosts and
 *     /etc/ssh/ssh_known_hosts.
 * @param pinned Fingerprints of which the key must have one, as 'ssh-keygen -l' prints them: SHA256:...
 * @param acceptNew A known_hosts file to which the key of a gateway that is not in it is added: trust on first use.
 * @param insecureAcceptAny Checks nothing, so that anybody on the way can read and change everything. For tests only.
 */
record HostKeysProperties(
        @DefaultValue List<String> knownHosts,
        @DefaultValue List<String> pinned,
        @Nullable String acceptNew,
        @Nullable Boolean insecureAcceptAny) {}
