package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Algorithms;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The kinds of algorithms that are negotiated: which there are, which we propose, and what a setting makes of them. All are
 * written down here, the best first, since JSch can't list its own and its defaults may be changed from outside; a test
 * compares. Those that JSch only has with Bouncy Castle, or in newer JVMs, it leaves out itself where it has not.
 */
@SuppressWarnings("ImmutableEnumChecker") // unmodifiable collections, and methods of an immutable class
enum AlgorithmKind {
    KEY_EXCHANGE(
            "key exchange algorithms",
            "keyExchange",
            Algorithms::keyExchange,
            "kex",
            "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,"
                    + "curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
                    + "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
                    + "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256",
            "mlkem768nistp256-sha256,mlkem1024nistp384-sha384,curve448-sha512,diffie-hellman-group15-sha512,"
                    + "diffie-hellman-group17-sha512,diffie-hellman-group-exchange-sha512@ssh.com,"
                    + "diffie-hellman-group-exchange-sha384@ssh.com,diffie-hellman-group-exchange-sha224@ssh.com,"
                    + "diffie-hellman-group18-sha512@ssh.com,diffie-hellman-group16-sha512@ssh.com,"
                    + "diffie-hellman-group16-sha384@ssh.com,diffie-hellman-group15-sha384@ssh.com,"
                    + "diffie-hellman-group15-sha256@ssh.com,diffie-hellman-group14-sha256@ssh.com,"
                    + "diffie-hellman-group14-sha224@ssh.com,diffie-hellman-group14-sha1,"
                    + "diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
            // Of OpenSSH 8.0 to 8.4.
            "sntrup4591761x25519-sha512@tinyssh.org"),
    HOST_KEY(
            "host key algorithms",
            "hostKeys",
            Algorithms::hostKeys,
            "server_host_key",
            Names.SIGNATURES,
            Names.OTHER_SIGNATURES,
            Names.FIDO + ",webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
    PUBLIC_KEY(
            "public key algorithms",
            "publicKeys",
            Algorithms::publicKeys,
            "PubkeyAcceptedAlgorithms",
            // As OpenSSH: certificates before keys. What signs with a FIDO key is the agent.
            Names.SIGNATURES + "," + Names.FIDO,
            Names.OTHER_SIGNATURES,
            "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
    CIPHER(
            "ciphers",
            "ciphers",
            Algorithms::ciphers,
            "cipher.c2s,cipher.s2c",
            "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
            "chacha20-poly1305@openssh.com,twofish256-ctr,twofish192-ctr,twofish128-ctr,cast128-ctr,aes256-cbc,"
                    + "aes192-cbc,aes128-cbc,rijndael-cbc@lysator.liu.se,twofish256-cbc,twofish192-cbc,twofish128-cbc,"
                    + "twofish-cbc,seed-cbc@ssh.com,cast128-cbc,3des-ctr,3des-cbc,blowfish-ctr,blowfish-cbc,"
                    + "arcfour256,arcfour128,arcfour",
            ""),
    MAC(
            "MACs",
            "macs",
            Algorithms::macs,
            "mac.c2s,mac.s2c",
            "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512",
            "hmac-sha512@ssh.com,hmac-sha384@ssh.com,hmac-sha256@ssh.com,hmac-sha256-2@ssh.com,hmac-sha224@ssh.com,"
                    + "hmac-sha1-etm@openssh.com,hmac-sha1,hmac-sha1-96-etm@openssh.com,hmac-sha1-96,"
                    + "hmac-md5-etm@openssh.com,hmac-md5,hmac-md5-96-etm@openssh.com,hmac-md5-96",
            // JSch can't tell whether it has RIPEMD-160.
            "umac-64-etm@openssh.com,umac-128-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,"
                    + "hmac-ripemd160-etm@openssh.com,hmac-ripemd160,hmac-ripemd160@openssh.com");

    /** Of Bouncy Castle, in JSch; {@code CheckCiphers} makes JSch look whether they are there. */
    static final String OPTIONAL_CIPHERS = "chacha20-poly1305@openssh.com,twofish256-ctr,twofish192-ctr,twofish128-ctr,"
            + "twofish256-cbc,twofish192-cbc,twofish128-cbc,twofish-cbc,seed-cbc@ssh.com,cast128-ctr,cast128-cbc";

    private final String text;
    private final String setter;
    private final Function<Algorithms, Optional<String>> setting;
    private final List<String> configured;
    private final List<String> defaults;
    private final Set<String> known;
    private final Set<String> foreign;

    /**
     * @param configured JSch's settings for it
     * @param more what JSch has beside the defaults
     * @param foreign what OpenSSH has and JSch has not
     */
    AlgorithmKind(
            String text,
            String setter,
            Function<Algorithms, Optional<String>> setting,
            String configured,
            String defaults,
            String more,
            String foreign) {
        this.text = text;
        this.setter = setter;
        this.setting = setting;
        this.configured = split(configured);
        this.defaults = split(defaults);
        known = Collections.unmodifiableSet(new LinkedHashSet<>(concat(this.defaults, split(more))));
        this.foreign = Set.copyOf(split(foreign));
    }

    /** What it is called in OpenSSH's manual, in small letters. */
    String text() {
        return text;
    }

    /** The method of {@link Algorithms} that sets it. */
    String setter() {
        return setter;
    }

    /** JSch's names for the settings of this kind. */
    List<String> configured() {
        return configured;
    }

    /** Whether JSch may have it. */
    boolean knows(String name) {
        return known.contains(name);
    }

    /** All that JSch may have, what we propose first, then the best of the rest. */
    Set<String> known() {
        return known;
    }

    /** What was set of this kind. */
    Optional<String> setting(Algorithms algorithms) {
        return setting.apply(algorithms);
    }

    /**
     * The names to propose, the preferred first.
     *
     * @throws IllegalArgumentException when a name does not exist, or none is left
     */
    List<String> proposal(Algorithms algorithms) {
        String list = setting(algorithms).orElse("");
        for (String name : list.startsWith("-") ? List.<String>of() : names(list)) {
            if (!known.contains(name) && !foreign.contains(name)) {
                throw bad(list, "has no algorithm of this kind: '" + name + "'");
            }
        }
        List<String> proposal =
                combine(list, defaults).stream().filter(known::contains).toList();
        if (proposal.isEmpty()) {
            throw bad(list, "leaves none that this library can do");
        }
        return proposal;
    }

    private IllegalArgumentException bad(String list, String why) {
        return new IllegalArgumentException(
                text + ": '" + list + "' " + why + "; there are " + String.join(", ", known));
    }

    /** What OpenSSH can do, was asked for and has to be left out here. */
    List<String> leftOut(Algorithms algorithms) {
        String list = setting(algorithms).orElse("");
        return list.startsWith("-")
                ? List.of()
                : names(list).stream().filter(foreign::contains).toList();
    }

    /** A list in OpenSSH's syntax, with what it means for these defaults. */
    static List<String> combine(String list, List<String> defaults) {
        List<String> given = names(list);
        List<String> all = switch (list.isEmpty() ? '+' : list.charAt(0)) {
            case '+' -> concat(defaults, given);
            case '^' -> concat(given, defaults);
            case '-' -> {
                List<Pattern> patterns =
                        given.stream().map(AlgorithmKind::pattern).toList();
                yield defaults.stream()
                        .filter(name -> patterns.stream()
                                .noneMatch(pattern -> pattern.matcher(name).matches()))
                        .toList();
            }
            default -> given;
        };
        return List.copyOf(new LinkedHashSet<>(all));
    }

    private static List<String> concat(Collection<String> first, Collection<String> then) {
        return Stream.concat(first.stream(), then.stream()).toList();
    }

    private static Pattern pattern(String wildcards) {
        return Pattern.compile(Pattern.quote(wildcards).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q"));
    }

    private static List<String> names(String list) {
        return split(list.matches("[+^-].*") ? list.substring(1) : list);
    }

    private static List<String> split(String commaSeparated) {
        List<String> names = new ArrayList<>(List.of(commaSeparated.split(",", -1)));
        names.removeIf(String::isEmpty);
        return List.copyOf(names);
    }

    /** Here since an enum's constants can't use its own. */
    private static final class Names {
        static final String SIGNATURES = "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
                + "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
                + "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,"
                + "ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
        static final String OTHER_SIGNATURES = "ssh-ed448-cert-v01@openssh.com,ssh-ed448,ssh-rsa-sha512@ssh.com,"
                + "ssh-rsa-sha384@ssh.com,ssh-rsa-sha256@ssh.com,ssh-rsa-sha224@ssh.com,ssh-rsa-cert-v01@openssh.com,"
                + "ssh-rsa,ssh-dss-cert-v01@openssh.com,ssh-dss";
        static final String FIDO = "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
                + "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";
    }
}
