package dev.managedtunnel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** How a gateway's host key is checked: OpenSSH's {@code StrictHostKeyChecking} and its files. Immutable. */
public sealed interface HostKeys {
    /**
     * Strict (the default): the key must be in {@code ~/.ssh/known_hosts} or {@code /etc/ssh/ssh_known_hosts}. Hashed
     * names, ports and the {@code @revoked} and {@code @cert-authority} markers are understood. The files are read anew
     * on each session start; a missing one counts as empty.
     */
    static KnownHosts knownHosts() {
        return new KnownHosts(
                List.of(UserHome.expand(Path.of("~/.ssh/known_hosts")), Path.of("/etc/ssh/ssh_known_hosts")));
    }

    /** Strict, with these files instead: {@code UserKnownHostsFile}. A leading {@code ~} is expanded. */
    static KnownHosts knownHosts(Path first, Path... more) {
        List<Path> files = new ArrayList<>(List.of(UserHome.expand(first)));
        Arrays.stream(more).map(UserHome::expand).forEach(files::add);
        return new KnownHosts(List.copyOf(files));
    }

    /**
     * The key must have one of these fingerprints, as {@code ssh-keygen -l} prints them: {@code SHA256:…}.
     *
     * @throws IllegalArgumentException when a fingerprint is not of that form
     */
    static Pinned pinned(String first, String... more) {
        List<String> pins = new ArrayList<>(List.of(first));
        pins.addAll(Arrays.asList(more));
        return new Pinned(pins.stream().map(Pinned::check).toList());
    }

    /**
     * Trust on first use: {@code StrictHostKeyChecking=accept-new}. A gateway without an entry in the file gets one,
     * written atomically; a changed key is refused. The first connection is open to attack.
     */
    static AcceptNew acceptNew(Path knownHostsFile) {
        return acceptNew(knownHostsFile, new Path[0]);
    }

    /**
     * Trust on first use, where a key in one of more files is known too, as with OpenSSH's {@code GlobalKnownHostsFile}.
     *
     * @param knownHostsFile the one that new gateways are written to
     * @param more only read
     */
    static AcceptNew acceptNew(Path knownHostsFile, Path... more) {
        List<Path> files = new ArrayList<>(List.of(UserHome.expand(knownHostsFile)));
        Arrays.stream(more).map(UserHome::expand).forEach(files::add);
        return new AcceptNew(List.copyOf(files));
    }

    /** Checks nothing: whoever sits between here and the gateway reads and changes all traffic. For tests only. */
    static InsecureAcceptAny insecureAcceptAny() {
        return InsecureAcceptAny.INSTANCE;
    }

    /** Strict checking against known_hosts files. Immutable. */
    final class KnownHosts implements HostKeys {
        private final List<Path> files;

        private KnownHosts(List<Path> files) {
            this.files = files;
        }

        /** The files, read in this order. */
        public List<Path> files() {
            return files;
        }

        @Override
        public String toString() {
            return "known hosts " + files;
        }
    }

    /** A fixed set of fingerprints. Immutable. */
    final class Pinned implements HostKeys {
        private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}=?");

        private final List<String> fingerprints;

        private Pinned(List<String> fingerprints) {
            this.fingerprints = fingerprints;
        }

        private static String check(String pin) {
            if (!FINGERPRINT.matcher(pin).matches()) {
                throw Checks.bad("pinned host key", pin, "is no fingerprint; give what ssh-keygen -l prints, SHA256:…");
            }
            return pin.endsWith("=") ? pin.substring(0, pin.length() - 1) : pin;
        }

        /** The fingerprints, {@code SHA256:} and 43 characters of base64. */
        public List<String> fingerprints() {
            return fingerprints;
        }

        @Override
        public String toString() {
            return "pinned " + fingerprints;
        }
    }

    /** Trust on first use. Immutable. */
    final class AcceptNew implements HostKeys {
        private final List<Path> files;

        private AcceptNew(List<Path> files) {
            this.files = files;
        }

        /** The known_hosts file that is checked and added to. */
        public Path file() {
            return files.get(0);
        }

        /** All files that are checked, {@link #file()} first. */
        public List<Path> files() {
            return files;
        }

        @Override
        public String toString() {
            return "accept new into " + file() + (files.size() == 1 ? "" : ", known hosts " + files);
        }
    }

    /** No checking at all. */
    final class InsecureAcceptAny implements HostKeys {
        private static final InsecureAcceptAny INSTANCE = new InsecureAcceptAny();

        private InsecureAcceptAny() {}

        @Override
        public String toString() {
            return "INSECURE: any host key";
        }
    }
}
