package dev.managedtunnel;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which algorithms a session may use. Each list is written as in OpenSSH: names with commas between them replace the
 * defaults; a leading {@code +} adds them behind the defaults, {@code ^} puts them before, and {@code -} takes them away, where
 * {@code *} and {@code ?} are wildcards. Which names there are is checked by {@link TunnelSpec.Builder#build()}; those that
 * OpenSSH knows and this library can't do, or not in this JVM, are left out. Immutable; without a list the defaults hold:
 * no SHA-1, no CBC, AES-GCM first, and key exchanges that a quantum computer can't break first where the JVM has them
 * ({@code mlkem768x25519-sha256} from Java 24 on; that and {@code sntrup761x25519-sha512} with Bouncy Castle on the class
 * path).
 */
public final class Algorithms {
    private static final Algorithms DEFAULTS = new Algorithms(null, null, null, null, null);
    private static final Pattern LIST =
            Pattern.compile("[+^]?[A-Za-z0-9@._/-]+(,[A-Za-z0-9@._/-]+)*|-[A-Za-z0-9@._/*?-]+(,[A-Za-z0-9@._/*?-]+)*");

    private final @Nullable String keyExchange;
    private final @Nullable String hostKeys;
    private final @Nullable String publicKeys;
    private final @Nullable String ciphers;
    private final @Nullable String macs;

    private Algorithms(
            @Nullable String keyExchange,
            @Nullable String hostKeys,
            @Nullable String publicKeys,
            @Nullable String ciphers,
            @Nullable String macs) {
        this.keyExchange = keyExchange;
        this.hostKeys = hostKeys;
        this.publicKeys = publicKeys;
        this.ciphers = ciphers;
        this.macs = macs;
    }

    /** The defaults: what is held to be safe today, the fastest first. */
    public static Algorithms defaults() {
        return DEFAULTS;
    }

    /**
     * {@code KexAlgorithms}, such as {@code "+diffie-hellman-group14-sha1"} for a server of long ago.
     *
     * @throws IllegalArgumentException when it is no such list
     */
    public Algorithms keyExchange(String list) {
        return new Algorithms(check("key exchange algorithms", list), hostKeys, publicKeys, ciphers, macs);
    }

    /**
     * {@code HostKeyAlgorithms}, such as {@code "+ssh-rsa"}.
     *
     * @throws IllegalArgumentException when it is no such list
     */
    public Algorithms hostKeys(String list) {
        return new Algorithms(keyExchange, check("host key algorithms", list), publicKeys, ciphers, macs);
    }

    /**
     * {@code PubkeyAcceptedAlgorithms}: with which signatures to log in, such as {@code "+ssh-rsa"} for an RSA key and a
     * server from before 2016.
     *
     * @throws IllegalArgumentException when it is no such list
     */
    public Algorithms publicKeys(String list) {
        return new Algorithms(keyExchange, hostKeys, check("public key algorithms", list), ciphers, macs);
    }

    /**
     * {@code Ciphers}, such as {@code "^chacha20-poly1305@openssh.com"}.
     *
     * @throws IllegalArgumentException when it is no such list
     */
    public Algorithms ciphers(String list) {
        return new Algorithms(keyExchange, hostKeys, publicKeys, check("ciphers", list), macs);
    }

    /**
     * {@code MACs}, such as {@code "-*sha1*"}.
     *
     * @throws IllegalArgumentException when it is no such list
     */
    public Algorithms macs(String list) {
        return new Algorithms(keyExchange, hostKeys, publicKeys, ciphers, check("MACs", list));
    }

    private static String check(String field, String list) {
        if (!LIST.matcher(list).matches()) {
            throw Checks.bad(
                    field,
                    list,
                    "is no list of algorithms; give names with commas between, perhaps after one +, - or ^");
        }
        return list;
    }

    /** What was set for the key exchange. */
    public Optional<String> keyExchange() {
        return Optional.ofNullable(keyExchange);
    }

    /** What was set for host keys. */
    public Optional<String> hostKeys() {
        return Optional.ofNullable(hostKeys);
    }

    /** What was set for logging in with keys. */
    public Optional<String> publicKeys() {
        return Optional.ofNullable(publicKeys);
    }

    /** What was set for ciphers. */
    public Optional<String> ciphers() {
        return Optional.ofNullable(ciphers);
    }

    /** What was set for MACs. */
    public Optional<String> macs() {
        return Optional.ofNullable(macs);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Algorithms that
                && Objects.equals(keyExchange, that.keyExchange)
                && Objects.equals(hostKeys, that.hostKeys)
                && Objects.equals(publicKeys, that.publicKeys)
                && Objects.equals(ciphers, that.ciphers)
                && Objects.equals(macs, that.macs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(keyExchange, hostKeys, publicKeys, ciphers, macs);
    }

    @Override
    public String toString() {
        return "algorithms: key exchange " + shown(keyExchange) + ", host keys " + shown(hostKeys) + ", public keys "
                + shown(publicKeys) + ", ciphers " + shown(ciphers) + ", MACs " + shown(macs);
    }

    private static String shown(@Nullable String list) {
        return list == null ? "default" : list;
    }
}
