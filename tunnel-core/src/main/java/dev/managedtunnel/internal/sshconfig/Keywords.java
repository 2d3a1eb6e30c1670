package dev.managedtunnel.internal.sshconfig;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** OpenSSH's options by what becomes of them here. */
final class Keywords {
    private static final Set<String> SUPPORTED = Set.of(
            "bindaddress",
            "certificatefile",
            "ciphers",
            "clearallforwardings",
            "compression",
            "connecttimeout",
            "dynamicforward",
            "exitonforwardfailure",
            "globalknownhostsfile",
            "hostkeyalgorithms",
            "hostkeyalias",
            "hostname",
            "identitiesonly",
            "identityagent",
            "identityfile",
            "ignoreunknown",
            "kexalgorithms",
            "localforward",
            "macs",
            "port",
            "proxycommand",
            "proxyjump",
            "pubkeyacceptedalgorithms",
            "pubkeyacceptedkeytypes",
            "refuseconnection",
            "remoteforward",
            "revokedhostkeys",
            "serveralivecountmax",
            "serveraliveinterval",
            "streamlocalbindunlink",
            "stricthostkeychecking",
            "user",
            "userknownhostsfile");

    /**
     * What is about terminals, commands, other forwardings, or who may be asked: a tunnel has none of it. Nor has it
     * Kerberos, which Debian's own file switches on for everybody.
     */
    private static final Set<String> WITHOUT_MEANING = Set.of(
            "addkeystoagent",
            "batchmode",
            "canonicaldomains",
            "canonicalizefallbacklocal",
            "canonicalizemaxdots",
            "canonicalizepermittedcnames",
            "challengeresponseauthentication",
            "checkhostip",
            "connectionattempts",
            "controlmaster",
            "controlpath",
            "controlpersist",
            "enableescapecommandline",
            "enablesshkeysign",
            "escapechar",
            "fingerprinthash",
            "forkafterauthentication",
            "forwardagent",
            "forwardx11",
            "forwardx11timeout",
            "forwardx11trusted",
            "hashknownhosts",
            "ipqos",
            "kbdinteractiveauthentication",
            "kbdinteractivedevices",
            "localcommand",
            "loglevel",
            "logverbose",
            "numberofpasswordprompts",
            "obscurekeystroketiming",
            "passwordauthentication",
            "permitlocalcommand",
            "permitremoteopen",
            "protocol",
            "proxyusefdpass",
            "remotecommand",
            "requesttty",
            "sendenv",
            "sessiontype",
            "setenv",
            "stdinnull",
            "syslogfacility",
            "tcpkeepalive",
            "tunneldevice",
            "usekeychain",
            "versionaddendum",
            "visualhostkey",
            "warnweakcrypto",
            "xauthlocation");

    /** What would mean something, and the values with which it means nothing. */
    private static final Map<String, Set<String>> UNSUPPORTED = Map.ofEntries(
            Map.entry("addressfamily", Set.of("any")),
            Map.entry("bindinterface", Set.of()),
            Map.entry("canonicalizehostname", Set.of("no", "false")),
            Map.entry("casignaturealgorithms", Set.of()),
            Map.entry("channeltimeout", Set.of("none")),
            Map.entry("gatewayports", Set.of("no", "false")),
            Map.entry("hostbasedacceptedalgorithms", Set.of()),
            Map.entry("hostbasedauthentication", Set.of("no", "false")),
            Map.entry("knownhostscommand", Set.of("none")),
            Map.entry("nohostauthenticationforlocalhost", Set.of("no", "false")),
            Map.entry("pkcs11provider", Set.of("none")),
            Map.entry("preferredauthentications", Set.of()),
            Map.entry("pubkeyauthentication", Set.of("yes", "true")),
            Map.entry("rekeylimit", Set.of("default", "default none")),
            Map.entry("requiredrsasize", Set.of()),
            Map.entry("securitykeyprovider", Set.of("none", "internal")),
            Map.entry("streamlocalbindmask", Set.of("0177")),
            Map.entry("tag", Set.of()),
            Map.entry("tunnel", Set.of("no", "false")),
            Map.entry("updatehostkeys", Set.of("no", "false")),
            Map.entry("verifyhostkeydns", Set.of("no", "false")));

    private Keywords() {}

    /** Says what of these options has no effect. */
    static void report(Options options, Notes notes) {
        String ignored =
                options.first("ignoreunknown").map(ConfigLine::argument).orElse("");
        for (List<ConfigLine> lines : options.each()) {
            ConfigLine line = lines.get(0);
            String key = line.key();
            Set<String> meaningless = UNSUPPORTED.get(key);
            if (meaningless != null) {
                if (!meaningless.contains(String.join(" ", line.arguments()).toLowerCase(Locale.ROOT))) {
                    notes.add(line, "is not supported and has no effect");
                }
            } else if (!SUPPORTED.contains(key)
                    && !WITHOUT_MEANING.contains(key)
                    && !key.startsWith("gssapi")
                    && !Patterns.matchesAny(key, ignored.toLowerCase(Locale.ROOT))) {
                notes.add(line, "is not known and has no effect; IgnoreUnknown would say so without a warning");
            }
        }
    }
}
