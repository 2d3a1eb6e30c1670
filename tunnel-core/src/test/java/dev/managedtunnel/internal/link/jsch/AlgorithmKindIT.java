package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.Cipher;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.KeyExchange;
import com.jcraft.jsch.MAC;
import com.jcraft.jsch.Signature;
import dev.managedtunnel.Algorithms;
import dev.managedtunnel.testing.Requires;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The lists of algorithms against those who know: OpenSSH what a setting means, JSch what it can do. */
class AlgorithmKindIT {
    private static final Map<AlgorithmKind, String> OPTIONS = Map.of(
            AlgorithmKind.KEY_EXCHANGE, "KexAlgorithms",
            AlgorithmKind.HOST_KEY, "HostKeyAlgorithms",
            AlgorithmKind.PUBLIC_KEY, "PubkeyAcceptedAlgorithms",
            AlgorithmKind.CIPHER, "Ciphers",
            AlgorithmKind.MAC, "MACs");

    static Stream<Arguments> settings() {
        Map<AlgorithmKind, List<String>> lists = Map.of(
                AlgorithmKind.KEY_EXCHANGE,
                List.of(
                        "+diffie-hellman-group14-sha1",
                        "+diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
                        "+curve25519-sha256",
                        "^ecdh-sha2-nistp521,ecdh-sha2-nistp256",
                        "^diffie-hellman-group1-sha1",
                        "-curve*",
                        "-*nistp???",
                        "-diffie-hellman-group1?-sha512,sntrup*",
                        "curve25519-sha256,curve25519-sha256",
                        "ecdh-sha2-nistp256,diffie-hellman-group1-sha1"),
                AlgorithmKind.HOST_KEY,
                List.of(
                        "+ssh-rsa",
                        "+ssh-rsa,ssh-dss",
                        "^rsa-sha2-512,rsa-sha2-256",
                        "-*cert*",
                        "-ecdsa-*,sk-*",
                        "ssh-rsa"),
                AlgorithmKind.PUBLIC_KEY,
                List.of("+ssh-rsa", "^ssh-ed25519", "-sk-*,*-cert-v01@openssh.com", "ssh-ed25519,ssh-rsa"),
                AlgorithmKind.CIPHER,
                List.of(
                        "+aes128-cbc",
                        "+3des-cbc,aes128-ctr,3des-cbc",
                        "^aes256-gcm@openssh.com",
                        "-aes*",
                        "-*@openssh.com",
                        "-aes1?8-ctr",
                        "-nonsense",
                        "aes256-ctr",
                        "aes256-ctr,aes128-ctr,aes256-ctr"),
                AlgorithmKind.MAC,
                List.of(
                        "+hmac-md5",
                        "^hmac-sha2-512",
                        "-*sha1*",
                        "-umac-*,hmac-sha1",
                        "hmac-sha2-256,umac-64@openssh.com"));
        return lists.entrySet().stream()
                .flatMap(kind -> kind.getValue().stream().map(list -> Arguments.of(kind.getKey(), list)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void aListMeansWhatItMeansToOpenSsh(AlgorithmKind kind, String list) throws Exception {
        String option = OPTIONS.get(kind);
        assertThat(AlgorithmKind.combine(list, ssh(option, null))).isEqualTo(ssh(option, list));
    }

    /** What the installed OpenSSH makes of a setting. */
    private static List<String> ssh(String option, String list) throws Exception {
        Requires.sshClient();
        Process process = new ProcessBuilder(
                        "ssh", "-F", "none", "-G", "-o", list == null ? "Compression=no" : option + "=" + list, "host")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines()
                .filter(line -> line.startsWith(option.toLowerCase(java.util.Locale.ROOT) + " "))
                .map(line -> line.substring(option.length() + 1))
                .flatMap(names -> Arrays.stream(names.split(",", -1)))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void weKnowWhatOpenSshKnows(AlgorithmKind kind) throws Exception {
        Requires.sshClient();
        String all = String.join(",", sshKnows(kind));
        Algorithms algorithms = Algorithms.defaults();
        algorithms = switch (kind) {
            case KEY_EXCHANGE -> algorithms.keyExchange(all);
            case HOST_KEY -> algorithms.hostKeys(all);
            case PUBLIC_KEY -> algorithms.publicKeys(all);
            case CIPHER -> algorithms.ciphers(all);
            case MAC -> algorithms.macs(all);
        };
        Set<String> together = new TreeSet<>(kind.proposal(algorithms));
        together.addAll(kind.leftOut(algorithms));
        assertThat(together).isEqualTo(new TreeSet<>(sshKnows(kind)));
    }

    private static List<String> sshKnows(AlgorithmKind kind) throws Exception {
        Process process = new ProcessBuilder("ssh", "-Q", OPTIONS.get(kind)).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                // Kerberos, which is a setting of its own.
                .filter(name -> !name.startsWith("gss-"))
                .toList();
    }

    /** When a newer JSch has more, this says what has to be written down here. */
    @Test
    void weKnowWhatJschHas() throws Exception {
        assertThat(known(AlgorithmKind.KEY_EXCHANGE)).containsAll(jschHas(KeyExchange.class));
        assertThat(known(AlgorithmKind.CIPHER)).containsAll(jschHas(Cipher.class));
        assertThat(known(AlgorithmKind.MAC)).containsAll(jschHas(MAC.class));
        assertThat(known(AlgorithmKind.HOST_KEY)).containsAll(jschHas(Signature.class));
    }

    private static Set<String> known(AlgorithmKind kind) {
        Set<String> known = new TreeSet<>(kind.known());
        // Known and left out; no cipher; the name of a class in the place of that of an algorithm.
        known.addAll(List.of("hmac-ripemd160", "hmac-ripemd160@openssh.com", "hmac-ripemd160-etm@openssh.com"));
        known.addAll(List.of("none", "signature.dss"));
        return known;
    }

    @Test
    void jschHasWhatWeKnow() {
        for (AlgorithmKind kind : AlgorithmKind.values()) {
            for (String name : kind.known()) {
                boolean agents = name.startsWith("sk-") && kind == AlgorithmKind.PUBLIC_KEY;
                String plain = name.replace("-cert-v01@openssh.com", "").replace("ssh-dss", "signature.dss");
                assertThat(agents || JSch.getConfig(plain) != null).as(name).isTrue();
            }
        }
    }

    private static Set<String> jschHas(Class<?> type) throws Exception {
        Field config = JSch.class.getDeclaredField("config");
        config.setAccessible(true);
        Set<String> names = new TreeSet<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) config.get(null)).entrySet()) {
            if (entry.getValue().toString().startsWith("com.jcraft.jsch.")) {
                try {
                    Class<?> implementation = Class.forName(entry.getValue().toString());
                    if (type.isAssignableFrom(implementation)) {
                        names.add(entry.getKey().toString());
                    }
                } catch (LinkageError optional) {
                    // Needs a library that is not there.
                }
            }
        }
        return names;
    }

    @Test
    void nothingWeakIsProposed() {
        for (AlgorithmKind kind : AlgorithmKind.values()) {
            assertThat(kind.proposal(Algorithms.defaults()))
                    .isNotEmpty()
                    .noneMatch(
                            name -> name.matches(".*(sha1|cbc|3des|arcfour|md5|blowfish|-96).*|ssh-dss.*|ssh-rsa.*"));
        }
    }

    /** Ours is JSch's own, less the SHA-1, and with another key exchange that a quantum computer can't break. */
    @Test
    void noticesWhenANewerJschHasOtherDefaults() {
        for (AlgorithmKind kind : AlgorithmKind.values()) {
            for (String setting : kind.configured()) {
                List<String> ours = kind.proposal(Algorithms.defaults()).stream()
                        .filter(name -> !name.startsWith("sntrup") && !name.startsWith("sk-"))
                        .toList();
                List<String> theirs = Arrays.stream(JSch.getConfig(setting).split(",", -1))
                        .filter(name -> !name.startsWith("hmac-sha1"))
                        .toList();
                assertThat(ours).as(setting).isEqualTo(theirs);
            }
        }
    }
}
