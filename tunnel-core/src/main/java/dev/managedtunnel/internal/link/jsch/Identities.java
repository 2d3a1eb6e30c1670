package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Identity;
import com.jcraft.jsch.IdentityRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Challenge;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.Vector;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of one start, read just before it and wiped right after. A credential that can't be read is left out
 * with a warning while another one is there, as OpenSSH does. For one thread.
 *
 * <p>JSch tries methods, not credentials: all keys together, where the first of them stands in the order.
 */
final class Identities {
    private static final String KEYS = "publickey";
    private static final String INTERACTIVE = "keyboard-interactive";
    private static final String PASSWORD = "password";

    private final Asking asking;
    private final List<Identity> keys = new ArrayList<>();
    private final List<byte[]> passwords = new ArrayList<>();
    private final List<Challenge.Responder> responders = new ArrayList<>();
    private final Set<String> methods = new LinkedHashSet<>();

    private Identities(Asking asking) {
        this.asking = asking;
    }

    /** None yet. */
    static Identities none(Asking asking) {
        return new Identities(asking);
    }

    /**
     * Reads files and asks suppliers and agents. What was read is wiped by {@link #wipe}, also after a failure.
     *
     * @param skipped is told what can't be used, when something else can
     * @throws StartFailure when nothing can be used
     */
    void load(List<Credentials> credentials, JSch jsch, JschLog log, Consumer<String> skipped) {
        List<StartFailure> failures = new ArrayList<>();
        for (Credentials credential : credentials) {
            try {
                load(credential, jsch, log);
            } catch (StartFailure e) {
                failures.add(e);
            }
        }
        asking.requireWanted();
        if (methods.isEmpty()) {
            throw failures.get(0);
        }
        failures.forEach(failure -> skipped.accept("not used to log in: " + failure.why()));
    }

    private void load(Credentials credential, JSch jsch, JschLog log) {
        if (credential instanceof Credentials.PrivateKey key) {
            keys.addAll(new KeyFile(key, jsch, log, asking).load());
            methods.add(KEYS);
        } else if (credential instanceof Credentials.Agent agent) {
            for (AgentKey key : AgentKey.of(agent, asking)) {
                // A key that was given as a file too is offered where it stands first.
                if (keys.stream().noneMatch(other -> Arrays.equals(publicHalf(other), key.getPublicKeyBlob()))) {
                    keys.add(key);
                }
            }
            methods.add(KEYS);
        } else if (credential instanceof Credentials.Password password) {
            passwords.add(Secrets.take(asking, password.supplier(), "the password supplier"));
            methods.addAll(List.of(INTERACTIVE, PASSWORD));
        } else if (credential instanceof Credentials.KeyboardInteractive interactive) {
            responders.add(interactive.responder());
            methods.add(INTERACTIVE);
        }
    }

    void offerTo(JSch jsch, Session session, Answers answers) {
        jsch.setIdentityRepository(new Repository(keys));
        session.setConfig("PreferredAuthentications", String.join(",", methods));
        // Not a limit of its own: the answers end it, and the server.
        int tries = 2 * (keys.size() + 1) + 2 * (passwords.size() + 1) + 2 * responders.size();
        session.setConfig("MaxAuthTries", Integer.toString(tries));
        if (!passwords.isEmpty()) {
            session.setPassword(passwords.get(0));
        }
        session.setUserInfo(answers);
    }

    /** Answers for a server that asks; they use the passwords until they are wiped. */
    Answers answers(String tunnel, Gateway gateway) {
        List<String> order = new ArrayList<>(methods);
        boolean more = order.indexOf(KEYS) > order.indexOf(INTERACTIVE);
        return new Answers(tunnel, gateway, passwords, responders, asking, more);
    }

    /** What of it was used, for people. */
    String tried(Set<String> usedMethods) {
        List<String> used = new ArrayList<>();
        for (String method : usedMethods) {
            if (method.equals(KEYS)) {
                keys.forEach(key -> used.add(key.getName()));
            } else {
                used.add(method);
            }
        }
        return used.isEmpty() ? "none of ours (" + String.join(",", methods) + ")" : String.join(", ", used);
    }

    void wipe() {
        passwords.forEach(Secrets::wipe);
        keys.forEach(Identity::clear);
    }

    private static byte @Nullable [] publicHalf(Identity key) {
        return key.getPublicKeyBlob();
    }

    /** JSch's own drops keys with equal public halves and has no order of ours. */
    private static final class Repository implements IdentityRepository {
        private final List<Identity> keys;

        Repository(List<Identity> keys) {
            this.keys = keys;
        }

        @Override
        public String getName() {
            return "Managed Tunnel";
        }

        @Override
        public int getStatus() {
            return RUNNING;
        }

        @Override
        @SuppressWarnings("JdkObsolete") // JSch's API
        public Vector<Identity> getIdentities() {
            return new Vector<>(keys);
        }

        @Override
        public boolean add(byte[] identity) {
            return false;
        }

        @Override
        public boolean remove(byte[] blob) {
            return false;
        }

        @Override
        public void removeAll() {
            // they are wiped by their owner
        }
    }
}
