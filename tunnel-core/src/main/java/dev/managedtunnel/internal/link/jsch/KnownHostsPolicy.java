package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.JSchException;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Strict checking against known_hosts files, as OpenSSH does it. Not by JSch's own class, which knows neither patterns
 * nor negations in plain lines (so it misses {@code @revoked *}), takes an entry for port 22 as a changed key of another
 * port, can't say in which line it found what, and gives a whole file up for one damaged line.
 */
class KnownHostsPolicy extends HostKeyPolicy {
    private static final Logger LOG = LoggerFactory.getLogger(KnownHostsPolicy.class);

    /** The name under which the gateway is looked up: its alias, or host and port, without the port if that is 22. */
    private final String name;

    /** The name whose entries vouch for it too. */
    private final String plainName;

    private final List<Path> files;
    private final List<KnownHost> entries = new ArrayList<>();

    KnownHostsPolicy(List<Path> files, Gateway gateway) {
        this.files = files;
        plainName = gateway.hostKeyAlias().orElse(gateway.host());
        boolean isPlain = gateway.hostKeyAlias().isPresent() || gateway.port() == Gateway.DEFAULT_PORT;
        name = isPlain ? plainName : "[" + plainName + "]:" + gateway.port();
        read();
    }

    final void read() {
        entries.clear();
        files.forEach(file -> entries.addAll(new KnownHostsFile(file).read()));
    }

    final String name() {
        return name;
    }

    @Override
    void require(byte[] key) {
        for (KnownHost entry : entries) {
            // Whatever host it was revoked for: the owner has lost it.
            if (entry.isRevoked() && entry.hasKey(key)) {
                throw untrusted(FailureReason.HOST_KEY_REVOKED, key, "is marked as revoked in " + entry.place());
            }
        }
        // As OpenSSH: an entry without a port vouches for the host's other ports, but says nothing against them.
        if (entries.stream().anyMatch(entry -> entry.isPlain() && isForGateway(entry) && entry.hasKey(key))) {
            return;
        }
        List<KnownHost> known = plain(name);
        String type = HostKeyText.type(key);
        for (KnownHost entry : known) {
            if (entry.type().equals(type)) {
                String why = "is not the one in " + entry.place() + ", " + HostKeyText.fingerprint(entry.key());
                throw untrusted(FailureReason.HOST_KEY_CHANGED, key, why);
            }
        }
        unknown(key, known);
    }

    /** The key is not in the files. */
    void unknown(byte[] key, List<KnownHost> others) {
        String where = files.stream().map(Path::toString).collect(Collectors.joining(" or "));
        String besides = others.isEmpty() ? "" : ", where it has other kinds of keys (" + list(others) + ")";
        throw untrusted(FailureReason.HOST_KEY_UNKNOWN, key, "is not in " + where + besides);
    }

    static String list(List<KnownHost> others) {
        return others.stream()
                .map(entry -> entry.type() + " in " + entry.place())
                .collect(Collectors.joining(", "));
    }

    private List<KnownHost> plain(String host) {
        return entries.stream()
                .filter(entry -> entry.isPlain() && entry.isFor(host))
                .toList();
    }

    private boolean isForGateway(KnownHost entry) {
        return entry.isFor(name) || entry.isFor(plainName);
    }

    @Override
    public HostKey[] getHostKey() {
        // JSch compares names its own way, so it gets what is about this gateway, under the name that it looks up.
        return hostKeys(entries.stream()
                .filter(entry -> entry.isRevoked() || (entry.isAuthority() && isForGateway(entry)))
                .toList());
    }

    @Override
    public HostKey[] getHostKey(String host, @Nullable String type) {
        List<KnownHost> known = plain(name);
        return hostKeys((known.isEmpty() ? plain(plainName) : known)
                .stream()
                        .filter(entry -> type == null || entry.type().equals(type))
                        .toList());
    }

    private HostKey[] hostKeys(List<KnownHost> selected) {
        List<HostKey> keys = new ArrayList<>();
        for (KnownHost entry : selected) {
            try {
                keys.add(new HostKey(entry.marker(), name, HostKey.GUESS, entry.key(), null));
            } catch (JSchException unsupported) {
                LOG.debug("{} is of a kind that JSch does not know", entry.place());
            }
        }
        return keys.toArray(HostKey[]::new);
    }
}
