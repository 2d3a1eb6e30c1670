package dev.managedtunnel.internal.link.jsch;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** One line of a known_hosts file, as sshd(8) describes it. Immutable. */
final class KnownHost {
    private static final String HASHED = "|1|";
    private static final String REVOKED = "@revoked";
    private static final String AUTHORITY = "@cert-authority";

    private final Path file;
    private final int line;
    private final String marker;
    private final String hosts;
    private final byte[] key;

    private KnownHost(Path file, int line, String marker, String hosts, byte[] key) {
        this.file = file;
        this.line = line;
        this.marker = marker;
        this.hosts = hosts;
        this.key = key;
    }

    /** The entry of a line; null for a comment and, as OpenSSH does, for what is not understood. */
    static @Nullable KnownHost parse(Path file, int line, String text) {
        String[] parts = text.strip().split("[ \\t]+", 5);
        int first = parts[0].startsWith("@") ? 1 : 0;
        if (parts.length < first + 3 || parts[0].startsWith("#")) {
            return null;
        }
        String marker = first == 1 ? parts[0] : "";
        if (first == 1 && !marker.equals(REVOKED) && !marker.equals(AUTHORITY)) {
            return null;
        }
        try {
            byte[] key = Base64.getDecoder().decode(parts[first + 2]);
            return HostKeyText.type(key).isEmpty() ? null : new KnownHost(file, line, marker, parts[first], key);
        } catch (IllegalArgumentException damaged) {
            return null;
        }
    }

    boolean isRevoked() {
        return marker.equals(REVOKED);
    }

    boolean isAuthority() {
        return marker.equals(AUTHORITY);
    }

    boolean isPlain() {
        return marker.isEmpty();
    }

    String marker() {
        return marker;
    }

    byte[] key() {
        return key.clone();
    }

    boolean hasKey(byte[] other) {
        return MessageDigest.isEqual(key, other);
    }

    String type() {
        return HostKeyText.type(key);
    }

    /** {@code file:line}. */
    String place() {
        return file + ":" + line;
    }

    /** Whether it is about this host; any of the patterns, none of the negated ones, {@code *} and {@code ?}. */
    boolean isFor(String name) {
        String host = name.toLowerCase(Locale.ROOT);
        if (hosts.startsWith(HASHED)) {
            return isHashOf(host);
        }
        boolean found = false;
        for (String pattern : List.of(hosts.toLowerCase(Locale.ROOT).split(","))) {
            boolean negated = pattern.startsWith("!");
            if (matches(pattern, negated ? 1 : 0, host, 0)) {
                if (negated) {
                    return false;
                }
                found = true;
            }
        }
        return found;
    }

    private boolean isHashOf(String host) {
        String[] parts = hosts.substring(HASHED.length()).split("\\|", 2);
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(parts[0]), "HmacSHA1"));
            byte[] hash = mac.doFinal(host.getBytes(StandardCharsets.UTF_8));
            return parts.length == 2
                    && MessageDigest.isEqual(hash, Base64.getDecoder().decode(parts[1]));
        } catch (GeneralSecurityException | IllegalArgumentException damaged) {
            return false;
        }
    }

    private static boolean matches(String pattern, int p, String host, int h) {
        int star = -1;
        int retry = 0;
        while (h < host.length()) {
            char expected = p < pattern.length() ? pattern.charAt(p) : '\0';
            if (expected == '*') {
                star = ++p;
                retry = h;
            } else if (expected == '?' || expected == host.charAt(h)) {
                p++;
                h++;
            } else if (star >= 0) {
                p = star;
                h = ++retry;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
