package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSchAlgoNegoFailException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Algorithms;
import dev.managedtunnel.TunnelSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What both sides agree on, apart from keys: each session is told all of it, so that JSch's settings for the whole JVM
 * make none weaker.
 */
final class SessionConfig {
    private static final String COMPRESSED = "zlib@openssh.com,zlib,none";
    /** Among a server's key exchanges, and none: what it can do beside, and Kerberos. */
    private static final String NO_KEY_EXCHANGE = "ext-info-s|kex-strict-s-v00@openssh\\.com|gss-.*|kexguess2@.*";

    private SessionConfig() {}

    /** Sets all of it, before the session is connected. */
    static void apply(Session session, JschSettings settings) {
        TunnelSpec spec = settings.spec();
        session.setConfig("StrictHostKeyChecking", "yes");
        session.setConfig("prefer_known_host_key_types", "yes");
        // Whoever offers it has to do it: JSch then accepts nothing else before the first keys, and counts anew after.
        session.setConfig("enable_strict_kex", "yes");
        for (AlgorithmKind kind : AlgorithmKind.values()) {
            String proposal = String.join(",", kind.proposal(spec.algorithms()));
            kind.configured().forEach(name -> session.setConfig(name, proposal));
            List<String> leftOut = kind.leftOut(spec.algorithms());
            if (!leftOut.isEmpty()) {
                settings.warnOnce("of the " + kind.text() + ", this library can't do " + String.join(", ", leftOut));
            }
        }
        session.setConfig("CheckCiphers", AlgorithmKind.OPTIONAL_CIPHERS);
        String compression = spec.compression() ? COMPRESSED : "none";
        session.setConfig("compression.c2s", compression);
        session.setConfig("compression.s2c", compression);
    }

    /** Why the negotiation failed, with what the server offers and how to allow the best of it. */
    static String explain(JSchAlgoNegoFailException failure) {
        String name = failure.getAlgorithmName();
        Optional<AlgorithmKind> kind = Arrays.stream(AlgorithmKind.values())
                .filter(each -> each.configured().contains(name))
                .findFirst();
        List<String> offered = Arrays.stream(failure.getServerProposal().split(",", -1))
                .filter(each -> !each.matches(NO_KEY_EXCHANGE))
                .toList();
        String allow = kind.flatMap(
                        each -> each.known().stream().filter(offered::contains).findFirst())
                .map(best -> "; to allow " + best + ", give " + remedy(kind.orElseThrow(), best))
                .orElse(name.startsWith("compression") ? "; give compression(true)" : "");
        return "no common " + kind.map(AlgorithmKind::text).orElse(name) + ": it offers "
                + Text.oneLine(String.join(",", offered)) + "; we offer " + ours(failure) + allow;
    }

    /** Whether JSch found that it has nothing to propose. */
    static boolean isLacking(Throwable failure) {
        return String.valueOf(failure.getMessage()).startsWith("There are not any available");
    }

    /** Why it has not. */
    static String lacking(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        AlgorithmKind kind = message.contains("cipher")
                ? AlgorithmKind.CIPHER
                : message.contains("kex") ? AlgorithmKind.KEY_EXCHANGE : AlgorithmKind.HOST_KEY;
        return "this JVM has none of the " + kind.text() + " that are set; they need Bouncy Castle "
                + "(org.bouncycastle:bcprov-jdk18on) on the class path, and those with mlkem that or Java 24";
    }

    private static String ours(JSchAlgoNegoFailException failure) {
        return failure.getJSchProposal().replaceAll(",(ext-info-c|kex-strict-c-v00@openssh\\.com)", "");
    }

    private static String remedy(AlgorithmKind kind, String name) {
        return "algorithms(" + Algorithms.class.getSimpleName() + ".defaults()." + kind.setter() + "(\"+" + name
                + "\"))";
    }
}
