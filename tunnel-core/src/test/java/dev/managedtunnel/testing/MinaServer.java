package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.auth.keyboard.DefaultKeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/**
 * The embedded SSH server Apache MINA SSHD, with TCP forwarding allowed, logins by key, password and
 * keyboard-interactive, and odd behaviour on demand at chosen {@link Moment}s. Clients reach it through a
 * {@link FaultRelay} of its own, by which sessions are killed and frozen, and which a test may use too.
 *
 * <p>It knows no Unix socket targets ({@code direct-streamlocal}), and when a target ends its sending direction, MINA
 * closes the whole connection to it: use {@link OpenSshServer} for these.
 */
public final class MinaServer implements SshServer {

    /** When a message of the client makes the server behave in an odd way. */
    public enum Moment {
        /** The client has connected; the server's banner is due. */
        BANNER,
        /** Both sides have proposed algorithms and the client has sent its part of the exchange, the first or a later. */
        KEX,
        /** The client asks for authentication. */
        AUTH,
        /** The client sends a global request, such as a keep-alive. */
        GLOBAL_REQUEST,
        /** The client opens a channel. */
        CHANNEL_OPEN,
        /** The client sends data on a channel. */
        CHANNEL_DATA
    }

    /** The ways in which a server may differ from the usual one. */
    public static final class Builder {
        private final List<Consumer<org.apache.sshd.server.SshServer>> changes = new ArrayList<>();
        private List<String> methods = List.of("publickey", "password", "keyboard-interactive");

        private Builder() {}

        /** Offers only these methods: {@code publickey}, {@code password}, {@code keyboard-interactive}. */
        public Builder authMethods(String... names) {
            methods = List.of(names);
            return this;
        }

        /** Wants several methods one after the other, such as {@code publickey,password}. */
        public Builder authSequence(String commaSeparated) {
            changes.add(server -> CoreModuleProperties.AUTH_METHODS.set(server, commaSeparated));
            return this;
        }

        /** Offers only these ciphers. */
        public Builder ciphers(String... names) {
            changes.add(server -> server.setCipherFactoriesNames(names));
            return this;
        }

        /** Offers only these key exchanges. */
        public Builder keyExchanges(String... names) {
            changes.add(server -> server.setKeyExchangeFactories(only(server.getKeyExchangeFactories(), names)));
            return this;
        }

        /** Offers only these message authentication codes. */
        public Builder macs(String... names) {
            changes.add(server -> server.setMacFactoriesNames(names));
            return this;
        }

        /** Offers only these signatures, which decide the host keys too. */
        public Builder signatures(String... names) {
            changes.add(server -> server.setSignatureFactoriesNames(names));
            return this;
        }

        /** Exchanges keys anew after so many bytes. */
        public Builder rekeyAfter(long bytes) {
            changes.add(server -> CoreModuleProperties.REKEY_BYTES_LIMIT.set(server, bytes));
            return this;
        }

        /** Grants clients such a window, in bytes, for each channel. */
        public Builder window(long bytes) {
            changes.add(server -> CoreModuleProperties.WINDOW_SIZE.set(server, bytes));
            return this;
        }

        /** Changes anything else that MINA has. */
        public Builder configure(Consumer<org.apache.sshd.server.SshServer> change) {
            changes.add(change);
            return this;
        }

        /** Starts the server. */
        public MinaServer start() {
            return new MinaServer(this);
        }

        private static <T extends NamedResource> List<T> only(List<T> all, String... names) {
            List<T> chosen = new ArrayList<>();
            for (String name : names) {
                chosen.add(all.stream()
                        .filter(each -> each.getName().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("MINA has no " + name)));
            }
            return chosen;
        }
    }

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String USER = "tunnel";

    private final ScratchDir dir = new ScratchDir("mina");
    private final SshKeys.KeyFile clientKey = SshKeys.ed25519(dir.path(), "client_ed25519");
    private final List<PublicKey> authorized = new CopyOnWriteArrayList<>();
    private final List<KeyPair> hostKeys;
    private final org.apache.sshd.server.SshServer mina;
    private final OddSessions sessions;
    private final FaultRelay relay;
    private volatile String password = "correct horse battery staple";

    private MinaServer(Builder builder) {
        hostKeys = makeHostKeys();
        authorize(clientKey.publicLine());
        mina = org.apache.sshd.server.SshServer.setUpDefaultServer();
        mina.setHost("127.0.0.1");
        mina.setPort(0);
        mina.setKeyPairProvider(KeyPairProvider.wrap(hostKeys));
        mina.setPublickeyAuthenticator((user, key, session) ->
                USER.equals(user) && authorized.stream().anyMatch(each -> KeyUtils.compareKeys(each, key)));
        mina.setPasswordAuthenticator((user, given, session) -> USER.equals(user) && password.equals(given));
        mina.setKeyboardInteractiveAuthenticator(DefaultKeyboardInteractiveAuthenticator.INSTANCE);
        mina.setUserAuthFactories(authFactories(builder.methods));
        mina.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        mina.setCommandFactory((channel, command) -> new ExitAtOnce());
        sessions = new OddSessions(mina);
        mina.setSessionFactory(sessions);
        CoreModuleProperties.IDLE_TIMEOUT.set(mina, Duration.ZERO);
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(mina, Duration.ZERO);
        builder.changes.forEach(change -> change.accept(mina));
        try {
            mina.start();
        } catch (IOException e) {
            dir.close();
            throw new UncheckedIOException("Can't start MINA SSHD", e);
        }
        relay = FaultRelay.to(mina.getPort());
    }

    /** Starts the usual server. */
    public static MinaServer usual() {
        return builder().start();
    }

    /** A server that is to differ from the usual one. */
    public static Builder builder() {
        return new Builder();
    }

    private List<KeyPair> makeHostKeys() {
        SshKeys.KeyFile ed25519 = SshKeys.ed25519(dir.path(), "host_ed25519");
        List<KeyPair> keys = new ArrayList<>();
        new FileKeyPairProvider(ed25519.privateKey()).loadKeys(null).forEach(keys::add);
        keys.addAll(Slow.KEYS);
        return keys;
    }

    private static List<UserAuthFactory> authFactories(List<String> methods) {
        List<UserAuthFactory> all = List.of(
                UserAuthPublicKeyFactory.INSTANCE,
                UserAuthPasswordFactory.INSTANCE,
                UserAuthKeyboardInteractiveFactory.INSTANCE);
        return Builder.only(all, methods.toArray(String[]::new));
    }

    /** The link in front of the server, for faults of the network. */
    public FaultRelay relay() {
        return relay;
    }

    /**
     * Falls silent at a moment: the message that brings it about is not answered. At {@link Moment#BANNER},
     * {@link Moment#KEX} and {@link Moment#AUTH} the session is deaf from then on; at the others it goes on without that
     * message.
     */
    public void hangAt(Moment moment) {
        sessions.hangAt(moment);
    }

    /** Closes the connection at a moment, without a word of SSH. */
    public void cutAt(Moment moment) {
        sessions.cutAt(moment);
    }

    /** Sends {@code SSH_MSG_DISCONNECT} at a moment and closes the connection. */
    public void disconnectAt(Moment moment, int code, String text) {
        sessions.disconnectAt(moment, code, text);
    }

    /** Refuses TCP targets ({@code direct-tcpip}) with a reason code and text. */
    public void refuseTargets(int reasonCode, String text) {
        sessions.refuseTargets(reasonCode, text);
    }

    /** Behaves as usual from now on. Sessions that are deaf stay deaf. */
    public void behave() {
        sessions.behave();
    }

    /** Sends {@code SSH_MSG_DISCONNECT} to all clients now and closes their connections. */
    public void disconnectAll(int code, String text) {
        for (AbstractSession session : mina.getActiveSessions()) {
            try {
                OddSessions.disconnect(session, code, text);
            } catch (IOException e) {
                throw new UncheckedIOException("Can't disconnect " + session, e);
            }
        }
        awaitNoSession();
    }

    /** Changes the password. */
    public void password(String newPassword) {
        password = newPassword;
    }

    @Override
    public String kind() {
        return "mina";
    }

    @Override
    public String host() {
        return relay.host();
    }

    @Override
    public int port() {
        return relay.port();
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public Optional<String> password() {
        return Optional.of(password);
    }

    @Override
    public Path privateKey() {
        return clientKey.privateKey();
    }

    @Override
    public List<String> hostKeys() {
        return hostKeys.stream()
                .map(key -> PublicKeyEntry.toString(key.getPublic()))
                .toList();
    }

    @Override
    public void authorize(String publicKeyLine) {
        try {
            authorized.add(AuthorizedKeyEntry.parseAuthorizedKeyEntry(publicKeyLine)
                    .resolvePublicKey(null, PublicKeyEntryResolver.FAILING));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("Not a public key: " + publicKeyLine, e);
        }
    }

    @Override
    public void revokeKeys() {
        authorized.clear();
    }

    @Override
    public int sessionCount() {
        return relay.live();
    }

    @Override
    public void killSessions() {
        relay.cut();
        awaitNoSession();
    }

    @Override
    public void freeze() {
        relay.stallPresent();
    }

    @Override
    public void freezeAll() {
        relay.stall();
    }

    @Override
    public void unfreeze() {
        relay.resume();
    }

    @Override
    public void stop() {
        relay.refuseNew();
        killSessions();
    }

    @Override
    public void start() {
        relay.acceptNew();
    }

    /** Sessions that began in the meantime may live. */
    private void awaitNoSession() {
        List<AbstractSession> ending = mina.getActiveSessions();
        Poll.until(
                LIMIT,
                () -> "MINA still has sessions " + ending,
                () -> ending.stream().allMatch(AbstractSession::isClosed));
    }

    @Override
    public String diagnostics() {
        return this + ": " + mina.getActiveSessions() + ", relay: " + relay.live() + " of " + relay.accepted()
                + " connections, " + relay.bytes(FaultRelay.Direction.TO_TARGET) + " bytes in, "
                + relay.bytes(FaultRelay.Direction.TO_CLIENT) + " bytes out";
    }

    @Override
    public void close() {
        relay.close();
        if (!mina.isStarted()) {
            return;
        }
        // events that MINA's selector has for a closed executor would kill its thread with an ugly trace
        awaitNoSession();
        try {
            mina.stop(true);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't stop MINA SSHD", e);
        }
        dir.close();
    }

    @Override
    public String toString() {
        return "mina " + host() + ":" + port();
    }

    /** Keys that take long to make, so that all servers of this JVM share them. */
    private static final class Slow {
        private static final List<KeyPair> KEYS = List.of(make("EC", 256), make("RSA", 2048));

        private static KeyPair make(String algorithm, int bits) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
                generator.initialize(bits);
                return generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every JDK has " + algorithm, e);
            }
        }
    }
}
