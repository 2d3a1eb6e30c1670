package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Identity;
import com.jcraft.jsch.IdentityRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Credentials;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.Vector;
import java.util.function.Consumer;

/**
 * The credentials of one start, read just before it and wiped right after. A credential that can't be read is left out
 * with a warning while another one is there, as OpenSSH does. For one thread.
 *
 * <p>JSch tries methods, not credentials: all keys together, where the first of them stands in the order.
 */
final class Identities {
    private static final String KEYS = "publickey";
    private static final String PASSWORDS = "keyboard-interactive,password";

    private final List<LoadedKey> keys = new ArrayList<>();
    private final List<byte[]> passwords = new ArrayList<>();
    private final Set<String> methods = new LinkedHashSet<>();

    private Identities() {}

    /** None yet. */
    static Identities none() {
        return new Identities();
    }

    /**
     * Reads files and asks suppliers. What was read is wiped by {@link #wipe}, also after a failure.
     *
     * @param skipped is told what can't be used, when something else can
     * @throws StartFailure when nothing can be used
     */
    void load(List<Credentials> credentials, JSch jsch, JschLog log, Consumer<StartFailure> skipped) {
        List<StartFailure> failures = new ArrayList<>();
        for (Credentials credential : credentials) {
            try {
                if (credential instanceof Credentials.PrivateKey key) {
                    keys.addAll(new KeyFile(key, jsch, log).load());
                    methods.add(KEYS);
                } else if (credential instanceof Credentials.Password password) {
                    passwords.add(Secrets.take(password.supplier(), "the password supplier"));
                    methods.add(PASSWORDS);
                }
            } catch (StartFailure e) {
                failures.add(e);
            }
        }
        if (methods.isEmpty()) {
            throw failures.get(0);
        }
        failures.forEach(skipped);
    }

    void offerTo(JSch jsch, Session session, Answers answers) {
        jsch.setIdentityRepository(new Repository(keys));
        session.setConfig("PreferredAuthentications", String.join(",", methods));
        // Not a limit of its own: the answers end it, and the server.
        session.setConfig("MaxAuthTries", Integer.toString(2 * (keys.size() + 1) + 2 * (passwords.size() + 1)));
        if (!passwords.isEmpty()) {
            session.setPassword(passwords.get(0));
        }
        session.setUserInfo(answers);
    }

    /** Answers for a server that asks; they use the passwords until they are wiped. */
    Answers answers(String tunnel) {
        boolean more = methods.contains(KEYS) && methods.iterator().next().equals(PASSWORDS);
        return new Answers(tunnel, passwords, more);
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
        keys.forEach(LoadedKey::clear);
    }

    /** JSch's own drops keys with equal public halves and has no order of ours. */
    private static final class Repository implements IdentityRepository {
        private final List<LoadedKey> keys;

        Repository(List<LoadedKey> keys) {
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
