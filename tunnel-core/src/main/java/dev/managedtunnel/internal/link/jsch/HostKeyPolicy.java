package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.UserInfo;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a gateway's host key is trusted. It either returns or throws what is wrong; JSch's ways to ask and to add are
 * not used. For one thread: each start has its own.
 */
abstract class HostKeyPolicy implements HostKeyRepository {
    private static final HostKey[] NONE = {};

    /** The policy of a specification; reads its files. */
    static HostKeyPolicy of(String tunnel, HostKeys keys, Gateway gateway) {
        if (keys instanceof HostKeys.KnownHosts known) {
            return new KnownHostsPolicy(known.files(), gateway);
        }
        if (keys instanceof HostKeys.AcceptNew accept) {
            return new AcceptNewPolicy(tunnel, accept.files(), gateway);
        }
        if (keys instanceof HostKeys.Pinned pinned) {
            return new PinnedPolicy(pinned.fingerprints());
        }
        return new AnyPolicy();
    }

    /** Returns when the key is trusted, else throws. */
    abstract void require(byte[] key);

    @Override
    public final int check(String host, byte[] key) {
        require(key);
        return OK;
    }

    static StartFailure untrusted(FailureReason reason, byte[] key, String why) {
        return new StartFailure(reason, "its key " + HostKeyText.of(key) + " " + why, null);
    }

    @Override
    public final void add(HostKey hostKey, UserInfo userInfo) {
        throw new IllegalStateException("JSch adds no keys when StrictHostKeyChecking is yes");
    }

    @Override
    public final void remove(String host, String type) {
        throw new IllegalStateException("JSch removes no keys when StrictHostKeyChecking is yes");
    }

    @Override
    public final void remove(String host, String type, byte[] key) {
        remove(host, type);
    }

    @Override
    public final @Nullable String getKnownHostsRepositoryID() {
        return null;
    }

    /** All that JSch needs to check a host certificate. */
    @Override
    public HostKey[] getHostKey() {
        return NONE;
    }

    /** The keys known for the gateway, so that JSch asks it for a kind that is known. */
    @Override
    public HostKey[] getHostKey(String host, @Nullable String type) {
        return NONE;
    }

    private static final class PinnedPolicy extends HostKeyPolicy {
        private final List<String> pins;

        PinnedPolicy(List<String> pins) {
            this.pins = pins;
        }

        @Override
        void require(byte[] key) {
            if (!pins.contains(HostKeyText.fingerprint(key))) {
                throw untrusted(
                        FailureReason.HOST_KEY_UNKNOWN, key, "is none of the pinned " + String.join(", ", pins));
            }
        }
    }

    private static final class AnyPolicy extends HostKeyPolicy {
        @Override
        void require(byte[] key) {
            // whatever it is
        }
    }
}
