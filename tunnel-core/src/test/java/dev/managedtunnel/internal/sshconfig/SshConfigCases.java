package dev.managedtunnel.internal.sshconfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Configurations that the installed {@code ssh} and we are asked about. */
final class SshConfigCases {
    /**
     * One of them.
     *
     * @param config the file; <code>{dir}</code> is the directory of all files
     * @param more other files in that directory, by name
     * @param error what we say when it is refused, without the directory
     */
    record Case(String name, String destination, String config, Map<String, String> more, String error) {
        Case and(String file, String content) {
            Map<String, String> all = new LinkedHashMap<>(more);
            all.put(file, content);
            return new Case(name, destination, config, all, error);
        }

        /** Writes the files, for their owner only. */
        Path write(Path dir) throws IOException {
            for (Map.Entry<String, String> file : more.entrySet()) {
                write(dir, file.getKey(), file.getValue());
            }
            return write(dir, "config", config);
        }

        private static Path write(Path dir, String name, String content) throws IOException {
            Path file = dir.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content.replace("{dir}", dir.toString()));
            String mode = name.contains("writable") ? "rw-rw-rw-" : "rw-------";
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Case> ALL = new ArrayList<>();
    private static final List<Case> BROKEN = new ArrayList<>();

    private SshConfigCases() {}

    static List<Case> all() {
        return List.copyOf(ALL);
    }

    static List<Case> broken() {
        return List.copyOf(BROKEN);
    }

    /** Some sections with some options; whether it means anything does not matter. */
    static String random(Random random) {
        List<String> sections = List.of(
                "Host db",
                "Host *",
                "Host d? !web",
                "Host web db.example",
                "Host !db *",
                "host=\"d*\" # all of them",
                "Host db.example",
                "Match all",
                "Match host db*",
                "Match host db.example,web user deploy",
                "Match !host web originalhost d?",
                "Match user \"deploy\"",
                "Match localuser root,!deploy final",
                "Match final host db.example",
                "Match canonical",
                "Match !canonical user deploy");
        List<String> options = List.of(
                "HostName db.example",
                "HostName %h.example",
                "  hostname\t= \"DB.test\"",
                "User deploy",
                "User 'jane'",
                "Port 22022",
                "Port=2222 # ssh",
                "Port  =  1",
                "IdentityFile ~/.ssh/id_%h",
                "IdentityFile \"/keys/with space\"",
                "IdentityFile /keys/a\\ b",
                "IdentityFile /keys/a\\\\b",
                "IdentityFile '/keys/it''s'",
                "IdentityFile /keys/\"a'b\"",
                "IdentityFile /keys/q\\\"",
                "IdentityFile /keys/x#y",
                "IdentitiesOnly yes",
                "CertificateFile %d/%u-cert.pub",
                "UserKnownHostsFile /k/%r@%n:%p \"/k/%%\"",
                "GlobalKnownHostsFile none",
                "HostKeyAlias Alias",
                "StrictHostKeyChecking accept-new",
                "LocalForward 5432 db:5432",
                "LocalForward [::1]:5433 /run/%r.sock",
                "LocalForward /tmp/%n.sock db:80",
                "RemoteForward *:8080 localhost:80",
                "DynamicForward :1080",
                "ServerAliveInterval 1m",
                "ServerAliveCountMax 5",
                "ConnectTimeout 7s",
                "Compression yes",
                "BindAddress 127.0.0.1",
                "Ciphers -aes*",
                "MACs ^hmac-sha2-256",
                "ClearAllForwardings no",
                "# Port 1",
                "",
                "\t",
                "Foo bar",
                "IgnoreUnknown fo?,Bar",
                "Port",
                "User \"open");
        StringBuilder text = new StringBuilder();
        for (int lines = random.nextInt(15); lines >= 0; lines--) {
            boolean broken = random.nextInt(100) == 0;
            int usable = options.size() - 3;
            text.append(
                            random.nextInt(3) == 0
                                    ? any(sections, random)
                                    : broken
                                            ? options.get(usable + random.nextInt(3))
                                            : options.get(random.nextInt(usable)))
                    .append(random.nextInt(8) == 0 ? " \r\n" : "\n");
        }
        // ssh refuses what it does not know, we only say so
        return text.toString().contains("Foo") ? "IgnoreUnknown foo\n" + text : text.toString();
    }

    private static String any(List<String> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static void add(String name, String destination, String config) {
        ALL.add(new Case(name, destination, config, Map.of(), ""));
    }

    private static void refused(String name, String config, String error) {
        BROKEN.add(new Case(name, "db", config, Map.of(), error));
    }

    static {
        add("an empty file", "db.example", "");
        add("comments only", "db.example", "# nothing\n   # here\n\t\n");
        add("host, port and user", "db", """
                Host db
                    HostName db.example
                    Port 2222
                    User deploy
                """);
        add("another section's settings do not hold", "db", """
                Host other
                    HostName other.example
                    Port 2222
                    User deploy
                Host db
                    User jane
                """);
        add("keywords and yes in any case", "db", """
                HOST db
                hostNAME db.example
                COMPRESSION YES
                IdentitiesOnly True
                """);
        add("equal signs, tabs and spaces", "db", "Host=db\n\tHostName = db.example\n  Port=\t2222\nUser\t=deploy  \n");
        add("quotes, escapes and comments behind", "db", """
                Host "db" # the database
                    User 'deploy' # in single quotes
                    HostKeyAlias "a\\"b"
                    IdentityFile "/keys/with space" # and a comment
                    IdentityFile /keys/with\\ space2
                    IdentityFile /keys/a"b c"d
                    IdentityFile /keys/#no-comment
                """.replace("    HostKeyAlias \"a\\\"b\"\n", ""));
        add(
                "line ends of Windows, and white space behind",
                "db",
                "Host db\r\n  HostName db.example\r\n  Port 2222 \t\f\r\n");
        add("no line end at the end", "db", "Host db\n  Port 2222");
        add("the first value wins", "db", """
                Host db
                    User first
                    Port 1
                Host d*
                    User second
                    Port 2
                    HostName second.example
                Host *
                    HostName third.example
                """);
        add("before the first Host it is for all", "db", "User all\nHost db\n  User one\n  Port 2222\n");
        add("stars and question marks", "web17.prod", """
                Host web?.prod
                    User one-digit
                Host web*.prod
                    User any-digits
                Host web??.*
                    Port 2222
                """);
        add("a negated pattern excludes", "db.prod", """
                Host *.prod !db.prod
                    User web
                Host !db.prod *.prod
                    Port 1
                Host *.prod !*.test
                    Port 2
                """);
        add("only a negated pattern never matches", "db", "Host !web\n  User nobody\nHost *\n  User all\n");
        add("patterns of Host count case", "DB", "Host db\n  User lower\nHost DB\n  User upper\n");
        add("a host name is lower case in the end", "DB.Example", "Host *\n  Port 2222\n");
        add("HostName with tokens", "db", "Host *\n  HostName %h.prod.example\n");
        add("HostName with a percent sign", "fe80", "Host fe80\n  HostName fe80::1%%lo\n");
        add("an address", "10.1.2.3", "Host 10.*\n  User ten\n");
        add("an IPv6 address by name", "six", "Host six\n  HostName 2001:db8::7\n");
        add("a user before the host", "jane@db", "Host db\n  User deploy\n  Port 2222\n");
        add("an ssh URI", "ssh://jane@db:2200", "Host db\n  User deploy\n  Port 2222\n");
        add("Match all", "db", "Host web\n  User web\nMatch all\n  User all\n");
        add("Match !all", "db", "Match !all\n  User all\n");
        add("Match host sees HostName, Host does not", "db", """
                Host db
                    HostName db.example
                Host db.example
                    User by-host
                Match host db.example
                    User by-match
                """);
        add("Match host before HostName sees the alias", "db", """
                Match host db
                    Port 2222
                Host db
                    HostName db.example
                Match host db
                    User unseen
                """);
        add("Match host has lists, negation, no case", "DB.example", """
                Match host web.*,!db.*
                    User one
                Match host DB.*,web
                    User two
                Match !host web.example
                    Port 2222
                """);
        add("Match host with tokens in HostName", "db", """
                HostName %h.example
                Match host *.example
                    User matched
                """);
        add("Match originalhost", "db", """
                Host db
                    HostName db.example
                Match originalhost db.example
                    User wrong
                Match originalhost db
                    User right
                """);
        add("Match user before and behind User", "db", """
                Match user deploy
                    Port 1
                Host *
                    User deploy
                Match user deploy
                    Port 2
                """);
        add("Match localuser", "db", "Match localuser %u\n  Port 1\nMatch localuser *\n  Port 2\n");
        add("Match with several criteria", "db", """
                User deploy
                Match host db user deploy localuser *,!nobody
                    Port 1
                Match host web user deploy
                    User wrong
                """);
        add("Match with equal signs", "db", "User deploy\nMatch host=db user=deploy\n  Port 2222\n");
        add("Match final comes in a second pass", "db", """
                Match final host db.example
                    User found
                    Port 2222
                Host db
                    HostName db.example
                """);
        add("in the second pass Host sees the name found", "db", """
                Match final
                    Port 2222
                Host db.example
                    User found
                Host db
                    HostName db.example
                    IdentityFile /keys/once
                """);
        add(
                "Match canonical alone asks for no second pass",
                "db",
                "Match canonical\n  User canonical\nHost db\n  Port 2\n");
        add("Match final all", "db", "Match final all\n  Port 2222\nMatch canonical all\n  User canonical\n");
        add("HostName in a second pass comes too late", "db", "Match final\n  HostName late.example\n");
        add(
                "Match exec behind what does not match",
                "db",
                "Match host web exec \"exit 1\"\n  User web\nHost db\n  Port 2\n");
        add("identity files add up", "db", """
                IdentityFile ~/.ssh/all
                Host db
                    IdentityFile ~/.ssh/%h_%r
                    IdentityFile ~/.ssh/all
                    IdentityFile ${HOME}/keys/%n
                """);
        add("no identity file", "db", "IdentityFile none\nIdentitiesOnly yes\n");
        add("an identity file with its certificate", "db", """
                IdentityFile /keys/id
                CertificateFile /keys/id-cert.pub
                CertificateFile ~/%u-cert.pub
                """);
        add("agents: none", "db", "IdentityAgent none\n");
        add("agents: by variable", "db", "IdentityAgent SSH_AUTH_SOCK\n");
        add("agents: by path with tokens", "db", "IdentityAgent %d/%u.${HOME}/agent\n");
        add("agents: by home", "db", "IdentityAgent ~/agent\n");
        add("tokens", "DB", """
                User deploy
                Port 2222
                HostName db.example
                UserKnownHostsFile /k/%%/%h/%n/%p/%r/%u/%d /k/%l/%L/%i/%k /k/%C
                """);
        add("%k is the alias of the host key", "db", "HostKeyAlias Alias.Example\nUserKnownHostsFile /k/%k\n");
        add("environment variables", "db", "UserKnownHostsFile ${HOME}/known ~/known /k/${PATH}x\n");
        add("known hosts: none of the user's", "db", "UserKnownHostsFile none\n");
        add("known hosts: /dev/null", "db", "UserKnownHostsFile /dev/null\nGlobalKnownHostsFile none\n");
        add("known hosts: several global ones", "db", "GlobalKnownHostsFile /a /b ~/c\n");
        add("known hosts: the first line holds", "db", "UserKnownHostsFile /a /b\nUserKnownHostsFile /c\n");
        for (String value : List.of("yes", "accept-new", "no", "off", "ask", "ACCEPT-NEW")) {
            add("StrictHostKeyChecking " + value, "db", "StrictHostKeyChecking " + value + "\n");
        }
        add("a jump host", "db", """
                Host db
                    HostName db.internal
                    ProxyJump bastion
                Host bastion
                    HostName bastion.example
                    User jump
                    Port 2222
                    IdentityFile /keys/jump
                    HostKeyAlias jump
                    UserKnownHostsFile /k/%h
                    StrictHostKeyChecking accept-new
                """);
        add("jump hosts in a row", "db", """
                Host db
                    ProxyJump a,jane@b:2200,ssh://c.example:23
                Host a
                    Port 1
                Host b
                    User ignored
                    Port 2
                """);
        add("jump hosts of jump hosts", "db", """
                Host db
                    ProxyJump b
                Host b
                    ProxyJump a
                    LocalForward 8080 web:80
                Host a
                    HostName a.example
                """);
        add("jump hosts that are given come before those of a jump host", "db", """
                Host db
                    ProxyJump x,b
                Host b
                    ProxyJump a
                """);
        add(
                "for all but the jump host itself",
                "db",
                "Match host *,!bastion\n  ProxyJump bastion\nHost bastion\n  Port 2\n");
        add("a jump host at an IPv6 address", "db", "Host db\n  ProxyJump jane@[2001:db8::7]:2200\n");
        add("a jump host at an address", "db", "Host db\n  ProxyJump 10.1.2.3\n");
        add("ProxyJump none", "db", "Host db\n  ProxyJump none\nHost *\n  ProxyJump bastion\n");
        add("ProxyCommand none excludes a later ProxyJump", "db", "ProxyCommand none\nProxyJump bastion\n");
        add("ProxyJump excludes a later ProxyCommand", "db", """
                Host db
                    ProxyJump bastion
                    ProxyCommand nc %h %p
                """);
        add("ProxyJump with a comment", "db", "Host db\n  ProxyJump bastion # the only way\n");
        add("BindAddress does not count behind a jump host", "db", "Host db\n  ProxyJump b\n  BindAddress 127.0.0.1\n");
        add("local forwards", "db", """
                LocalForward 5432 db.internal:5432
                LocalForward 127.0.0.1:5433 db.internal:5432
                LocalForward *:5434 [2001:db8::7]:5432
                LocalForward :5435 db.internal:5432
                LocalForward [::1]:5436 /run/pg.sock
                LocalForward /tmp/l.sock db.internal:5432
                LocalForward /tmp/m.sock /run/pg.sock
                """);
        add("remote forwards", "db", """
                RemoteForward 8080 localhost:80
                RemoteForward *:8081 localhost:80
                RemoteForward 10.0.0.1:8082 [::1]:80
                RemoteForward 0 localhost:81
                RemoteForward 8083 /run/app.sock
                """);
        add("dynamic forwards", "db", "DynamicForward 1080\nDynamicForward *:1081\nDynamicForward [::1]:1082\n");
        add("forwards add up, each once", "db", """
                Host db
                    LocalForward 5432 db:5432
                    RemoteForward 8080 localhost:80
                    DynamicForward 1080
                Host *
                    LocalForward 5432 db:5432
                    LocalForward 5433 db:5432
                    RemoteForward 8080 localhost:80
                    DynamicForward 1080
                """);
        add("forwards with tokens and variables", "db", """
                HostName db.example
                User deploy
                LocalForward %d/%n-%h.sock /run/%r/%%/pg.sock
                LocalForward ${HOME}/l.sock localhost:5432
                RemoteForward 8080 /run/%n.sock
                """);
        add(
                "ClearAllForwardings",
                "db",
                "LocalForward 1 a:1\nRemoteForward 2 b:2\nDynamicForward 3\nClearAllForwardings yes\n");
        add("keep-alives", "db", "ServerAliveInterval 15\nServerAliveCountMax 4\n");
        add("keep-alives with units", "db", "ServerAliveInterval 1m30s\n");
        add("keep-alives off", "db", "ServerAliveInterval 0\nServerAliveCountMax 5\n");
        add("fewer keep-alives than we allow", "db", "ServerAliveInterval 5\nServerAliveCountMax 1\n");
        add("a time to connect", "db", "ConnectTimeout 5\n");
        add("a time to connect with units", "db", "ConnectTimeout 1M2S\n");
        add("what a forward's failure does", "db", "ExitOnForwardFailure yes\nStreamLocalBindUnlink yes\n");
        add("what a forward's failure does not", "db", "ExitOnForwardFailure no\nStreamLocalBindUnlink no\n");
        add("BindAddress", "db", "BindAddress 127.0.0.1\n");
        add("compression", "db", "Compression yes\n");
        add("algorithms in full", "db", """
                KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256
                HostKeyAlgorithms ssh-ed25519,rsa-sha2-512
                Ciphers aes256-ctr,aes128-ctr
                MACs hmac-sha2-256
                PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256
                """);
        add("algorithms added", "db", """
                KexAlgorithms +diffie-hellman-group14-sha1
                HostKeyAlgorithms +ssh-rsa
                Ciphers +aes128-cbc
                MACs +hmac-md5
                PubkeyAcceptedKeyTypes +ssh-rsa
                """);
        add("algorithms put first", "db", """
                KexAlgorithms ^ecdh-sha2-nistp256
                HostKeyAlgorithms ^rsa-sha2-512,ssh-ed25519
                Ciphers ^aes256-ctr
                MACs ^hmac-sha2-512
                """);
        add("algorithms taken away", "db", """
                KexAlgorithms -diffie-hellman-*
                HostKeyAlgorithms -ssh-ed25519,rsa-*
                Ciphers -*-gcm@openssh.com,chacha20-poly1305@openssh.com
                MACs -hmac-sha1*,umac-??@openssh.com
                """);
        ALL.add(new Case("an included file", "db", """
                        Include {dir}/more
                        User late
                        """, Map.of("more", "User early\nPort 2222\n"), ""));
        ALL.add(new Case(
                        "included by a pattern, by name",
                        "db",
                        "Include {dir}/conf.d/*.conf {dir}/x[0-9]\nPort 9\n",
                        Map.of(),
                        "")
                .and("conf.d/20-b.conf", "User twenty\nPort 2\n")
                .and("conf.d/10-a.conf", "User ten\n")
                .and("conf.d/.hidden.conf", "Port 1\nUser hidden\n")
                .and("conf.d/05-other", "User other\n")
                .and("x7", "HostName seven\n"));
        ALL.add(new Case(
                "included below a Host",
                "db",
                """
                        Host web
                            Include {dir}/more
                        Host db
                            Include {dir}/more
                            Port 2222
                        """,
                Map.of("more", "User more\nHost other\n  Port 1\n  User other\n"),
                ""));
        ALL.add(new Case(
                "a Host in an included file ends with it",
                "db",
                "Include {dir}/more\nPort 2222\n",
                Map.of("more", "Host other\n  User other\n"),
                ""));
        ALL.add(new Case("includes of includes", "db", "Include {dir}/one\n", Map.of(), "")
                .and("one", "User one\nInclude {dir}/two\n")
                .and("two", "User two\nPort 2\n"));
        add("an include that is not there", "db", "Include {dir}/none {dir}/none/*.conf\nUser deploy\n");
        add(
                "unknown options that are to be ignored",
                "db",
                "IgnoreUnknown UseFoo,Bar*\nUseFoo yes\nBarBaz 1 2 3\nPort 2222\n");
        add("what is not for tunnels", "db", """
                ForwardAgent yes
                ForwardX11 no
                RequestTTY no
                SendEnv LANG LC_*
                SetEnv A=B
                ControlMaster auto
                ControlPath ~/.ssh/%C
                ControlPersist 10m
                LogLevel INFO
                HashKnownHosts yes
                GSSAPIAuthentication yes
                AddKeysToAgent yes
                TCPKeepAlive yes
                Port 2222
                """);
        add("Debian's own file", "db", """
                Include {dir}/ssh_config.d/*.conf
                Host *
                #   ForwardAgent no
                    SendEnv LANG LC_*
                    HashKnownHosts yes
                    GSSAPIAuthentication yes
                """);
        add("a file as people have it", "orders", """
                # work
                Host orders
                    HostName orders-db.internal
                    LocalForward 15432 localhost:5432
                    LocalForward 16379 cache.internal:6379

                Host *.internal orders
                    ProxyJump bastion
                    User deploy
                    IdentityFile ~/.ssh/work_ed25519

                Host bastion
                    HostName bastion.example.com
                    User jump
                    Port 2222
                    IdentityFile ~/.ssh/jump_ed25519
                    ServerAliveInterval 60

                Host *
                    ServerAliveInterval 30
                    ServerAliveCountMax 3
                    ConnectTimeout 10
                    IdentitiesOnly yes
                    AddKeysToAgent yes
                    HashKnownHosts yes
                """);

        refused(
                "a keyword alone",
                "User deploy\nPort\n",
                "config:2: Port has no argument; give one or remove the line");
        refused(
                "a quote that is not closed",
                "User \"deploy\n",
                "config:1: User has a quote (\") that is not closed; close or escape it");
        refused("a port that is none", "Port x22\n", "config:1: Port 'x22' is no number from 1 to 65535; give one");
        refused("a port out of range", "Port 65536\n", "config:1: Port '65536' is no number from 1 to 65535; give one");
        refused(
                "neither yes nor no",
                "Compression maybe\n",
                "config:1: Compression 'maybe' is neither yes nor no; give one of these");
        refused(
                "no way to check host keys",
                "StrictHostKeyChecking sometimes\n",
                "config:1: StrictHostKeyChecking 'sometimes' is none of yes, accept-new, ask and no; give one of these");
        refused(
                "too many arguments",
                "HostName one two\n",
                "config:1: HostName 'two' is one argument too many; remove it, or put quotes around all of it");
        refused(
                "no time",
                "ServerAliveInterval soon\n",
                "config:1: ServerAliveInterval 'soon' is no time; give seconds, or such as 1m30s");
        refused(
                "a forward without target",
                "\nLocalForward 5432\n",
                "config:2: LocalForward '5432' has no target behind it; write port host:port");
        refused(
                "a forward with a wrong target",
                "LocalForward 5432 db\n",
                "config:1: LocalForward: forward -L: '5432:db' at character 8: the target's port is missing; give"
                        + " port:host:port");
        refused(
                "Match of nothing known",
                "Match color red\n",
                "config:1: Match 'color' is no criterion; give all, final, host," + " originalhost, user or localuser");
        refused("Match without value", "Match host\n", "config:1: Match has no value for 'host'; put one behind it");
        refused(
                "Match all beside others",
                "Match all host db\n",
                "config:1: Match has 'all' beside other criteria; put these into a line of their own");
        refused(
                "a jump host that is its own",
                "Host *\n  ProxyJump db\n",
                "config:2: ProxyJump leads back to db; put 'ProxyJump none' into a section for it, above this line");
        refused(
                "a jump host that is none",
                "ProxyJump a:b:c\n",
                "config:1: ProxyJump: 'a:b:c' is no host; write user@host:22, IPv6 in brackets");
        refused(
                "a variable that is not set",
                "UserKnownHostsFile /k/${NOT_SET_ANYWHERE}\n",
                "config:1: UserKnownHostsFile names the environment variable 'NOT_SET_ANYWHERE', which is not set; set it");
        refused(
                "an unknown token",
                "UserKnownHostsFile /k/%z\n",
                "config:1: UserKnownHostsFile '/k/%z' has '%z', which has no value here; write '%%' for the character"
                        + " itself");
        refused(
                "a token that HostName has not",
                "HostName %r.example\n",
                "config:1: HostName '%r.example' has '%r', which has no value here; write '%%' for the character itself");
        BROKEN.add(new Case(
                "files that include themselves",
                "db",
                "Include {dir}/loop\n",
                Map.of("loop", "Include {dir}/loop\n"),
                "loop:1: Include is more than 16 files deep; end the loop of files that include themselves"));
        BROKEN.add(new Case(
                "an include that others can change",
                "db",
                "Include {dir}/writable\n",
                Map.of("writable", "User deploy\n"),
                "writable can be changed by others (mode 0666); OpenSSH refuses it too: chmod go-w writable"));
    }
}
