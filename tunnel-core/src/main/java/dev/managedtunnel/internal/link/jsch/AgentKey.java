package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A key or certificate of an SSH agent as JSch asks for it: what signs is the agent. For one thread. */
final class AgentKey extends ReadyIdentity {
    private static final String AUTH_SOCK = "SSH_AUTH_SOCK";
    private static final int RSA_SHA2_256 = 2;
    private static final int RSA_SHA2_512 = 4;
    /** JSch puts it, and the signature, into a packet of 20 KiB. */
    private static final int LONGEST = 12 * 1024;

    private final Credentials.Agent agent;
    private final AgentClient client;
    private final AgentClient.Entry entry;
    private final Asking asking;
    private String trouble = "";

    private AgentKey(Credentials.Agent agent, AgentClient client, AgentClient.Entry entry, Asking asking) {
        this.agent = agent;
        this.client = client;
        this.entry = entry;
        this.asking = asking;
    }

    /**
     * The keys of an agent that are to be offered, in their order.
     *
     * @throws StartFailure when it can't be asked, or has none of them
     */
    static List<AgentKey> of(Credentials.Agent agent, Asking asking) {
        List<byte[]> wanted =
                agent.publicKeys().stream().map(PublicKeyFile::read).toList();
        AgentClient client = new AgentClient(socket(agent, System.getenv(AUTH_SOCK)));
        List<AgentKey> all = asking.ask(agent.toString(), () -> {
            try {
                return client.keys().stream()
                        .filter(entry -> entry.blob.length <= LONGEST)
                        .map(entry -> new AgentKey(agent, client, entry, asking))
                        .toList();
            } catch (IOException e) {
                throw unusable(agent, "can't be asked for its keys: " + e.getMessage(), e);
            }
        });
        List<AgentKey> chosen = wanted.isEmpty() ? all : choose(all, wanted);
        if (chosen.isEmpty()) {
            String names = agent.publicKeys().stream().map(Path::toString).collect(Collectors.joining(", "));
            String what = names.isEmpty() ? "no key" : "none of the keys asked for (" + names + ")";
            throw unusable(agent, "has " + what + ", or is locked; ssh-add adds keys, and ssh-add -X unlocks it", null);
        }
        return chosen;
    }

    /** Where an agent listens. */
    static Path socket(Credentials.Agent agent, @Nullable String fromEnvironment) {
        Path socket = agent.socket().orElse(null);
        if (socket != null) {
            return socket;
        }
        if (fromEnvironment == null || fromEnvironment.isEmpty()) {
            String why = "can't be found: " + AUTH_SOCK + " is not set; start one, or give its socket with "
                    + "Credentials.agent(path)";
            throw unusable(agent, why, null);
        }
        return Path.of(fromEnvironment);
    }

    private static List<AgentKey> choose(List<AgentKey> all, List<byte[]> wanted) {
        List<AgentKey> chosen = new ArrayList<>();
        for (byte[] blob : wanted) {
            for (boolean certificates : new boolean[] {true, false}) {
                all.stream()
                        .filter(key -> LoadedKey.isCertificate(key.getAlgName()) == certificates)
                        .filter(key -> key.is(blob) && !chosen.contains(key))
                        .forEach(chosen::add);
            }
        }
        return chosen;
    }

    private boolean is(byte[] blob) {
        return Arrays.equals(entry.blob, blob) || Arrays.equals(PublicKeyFile.certified(entry.blob), blob);
    }

    private static StartFailure unusable(Credentials.Agent agent, String why, @Nullable Throwable cause) {
        return new StartFailure(FailureReason.KEY_UNREADABLE, agent + " " + why, cause);
    }

    @Override
    public byte[] getPublicKeyBlob() {
        return entry.blob;
    }

    /** Null, and JSch goes on to the next key, when the agent does not sign. */
    @Override
    public byte @Nullable [] getSignature(byte[] data, String algorithm) {
        int flags = 0;
        if (algorithm.startsWith("rsa-sha2-512")) {
            flags = RSA_SHA2_512;
        } else if (algorithm.startsWith("rsa-sha2-256")) {
            flags = RSA_SHA2_256;
        }
        int wanted = flags;
        return asking.ask(agent.toString(), () -> {
            try {
                return client.sign(entry.blob, data, wanted);
            } catch (IOException e) {
                trouble = " (the agent did not sign with it: " + e.getMessage() + ")";
                return null;
            }
        });
    }

    @Override
    public String getAlgName() {
        return HostKeyText.type(entry.blob);
    }

    @Override
    public String getName() {
        return "key " + HostKeyText.of(entry.blob) + " '" + Text.oneLine(entry.comment) + "' of " + agent + trouble;
    }

    @Override
    public void clear() {
        // The secret half never was here.
    }
}
