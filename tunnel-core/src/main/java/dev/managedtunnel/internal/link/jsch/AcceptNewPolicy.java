package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trust on first use: a gateway without any entry gets one, before it is trusted. */
final class AcceptNewPolicy extends KnownHostsPolicy {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptNewPolicy.class);

    /** Tunnels of this process that see a gateway for the first time at the same time write one after the other. */
    private static final Object WRITE = new Object();

    private final String tunnel;
    private final Path file;

    /**
     * @param files the first of them is added to
     */
    AcceptNewPolicy(String tunnel, List<Path> files, Gateway gateway) {
        super(files, gateway);
        this.tunnel = tunnel;
        file = files.get(0);
    }

    @Override
    void require(byte[] key) {
        synchronized (WRITE) {
            read();
            super.require(key);
        }
    }

    @Override
    void unknown(byte[] key, List<KnownHost> others) {
        if (!others.isEmpty()) {
            // OpenSSH takes it. But whoever sits in between needs no more than a kind of key we have not seen yet.
            throw untrusted(FailureReason.HOST_KEY_CHANGED, key, "is new, while " + list(others) + " is known");
        }
        new KnownHostsFile(file).add(name().toLowerCase(Locale.ROOT), key);
        LOG.warn("{}: {} is new: its key {} is trusted from now on, see {}", tunnel, name(), HostKeyText.of(key), file);
    }
}
