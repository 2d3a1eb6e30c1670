package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.DefaultKeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.password.PasswordChangeRequiredException;
import org.apache.sshd.server.session.ServerSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which credentials are offered, in which order, how often, and what is said when none is accepted. */
@ExtendWith(NoLeaks.class)
class LoginIT {
    private static final String WRONG = "not-the-password";

    private final Rig rig = new Rig();
    private final List<MinaServer> servers = new ArrayList<>();

    @AfterEach
    void tearDown() {
        rig.close();
        servers.forEach(MinaServer::close);
    }

    private MinaServer server(String... methods) {
        return server(sshd -> {}, methods);
    }

    private MinaServer server(Consumer<SshServer> change, String... methods) {
        MinaServer server =
                MinaServer.builder().authMethods(methods).configure(change).start();
        servers.add(server);
        return server;
    }

    private TunnelSpec.Builder spec(MinaServer server, Credentials... credentials) {
        TunnelSpec pinned = rig.spec(server).build();
        return TunnelSpec.builder(rig.name)
                .gateway(pinned.gateways().get(0))
                .hostKeys(pinned.hostKeys())
                .forward(pinned.forwards().get(0))
                .credentials(credentials);
    }

    private static Credentials password(String text) {
        return Credentials.password(() -> text.toCharArray());
    }

    private static Credentials rightPassword(MinaServer server) {
        return Credentials.password(() -> server.password().orElseThrow().toCharArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "keyboard-interactive"})
    void thePasswordAnswersBothMethods(String method) {
        MinaServer server = server(method);
        assertThat(rig.connect(spec(server, rightPassword(server)))).isNotNull();
    }

    @Test
    void aPasswordOutsideOfAsciiIsSentInUtf8() {
        MinaServer server = server("password");
        server.password("Grüße, 密码 🔑");
        assertThat(rig.connect(spec(server, password("Grüße, 密码 🔑")))).isNotNull();
    }

    @Test
    void theNextCredentialIsTriedWhenOneIsRejected(@TempDir Path dir) {
        MinaServer server = server("publickey", "password");
        Credentials unknown =
                Credentials.privateKey(SshKeys.ed25519(dir, "unknown").privateKey());
        Credentials known = Credentials.privateKey(server.privateKey());
        assertThat(rig.connect(spec(server, unknown, known))).isNotNull();
        assertThat(rig.connect(spec(server, unknown, rightPassword(server)))).isNotNull();
        assertThat(rig.connect(spec(server, password(WRONG), known))).isNotNull();
        assertThat(rig.connect(spec(server, password(WRONG), rightPassword(server))))
                .isNotNull();
    }

    @Test
    void aKeyThatMayNotLogIn(@TempDir Path dir) {
        MinaServer server = server("publickey", "password");
        Path key = SshKeys.ed25519(dir, "unknown").privateKey();
        TunnelException failure = rig.failure(spec(server, Credentials.privateKey(key)));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .isEqualTo(
                        "cannot log in to tunnel@HOST:PORT (start 1, T): it accepts publickey,password; tried private "
                                + "key " + key
                                + "; check the user name, and that the key or password is allowed on the gateway "
                                + "[AUTH_REJECTED]");
    }

    @Test
    void aServerThatAcceptsNothingOfTheKindWeHave() {
        MinaServer server = server("publickey");
        TunnelException failure = rig.failure(spec(server, password(WRONG)));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .contains("it accepts publickey; tried none of ours (keyboard-interactive,password);");
    }

    @Test
    void aWrongPasswordIsSentOnceByEachWayOfAsking() {
        AtomicInteger seen = new AtomicInteger();
        Consumer<SshServer> counting = sshd -> {
            sshd.setPasswordAuthenticator((user, password, session) -> {
                seen.incrementAndGet();
                return false;
            });
            sshd.setKeyboardInteractiveAuthenticator(new DefaultKeyboardInteractiveAuthenticator() {
                @Override
                public boolean authenticate(ServerSession session, String user, List<String> answers) {
                    seen.incrementAndGet();
                    return false;
                }
            });
        };
        for (String[] methods :
                new String[][] {{"password"}, {"keyboard-interactive"}, {"password", "keyboard-interactive"}}) {
            seen.set(0);
            TunnelException failure = rig.failure(spec(server(counting, methods), password(WRONG)));
            assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
            assertThat(failure.toString()).doesNotContain(WRONG);
            assertThat(seen).as(String.join(",", methods)).hasValue(1);
        }
    }

    @Test
    void aRefusedPasswordIsNamedByTheWayItWasGiven() {
        assertThat(Rig.text(rig.failure(spec(server("password"), password(WRONG)))))
                .contains("it accepts password; tried password;");
        assertThat(Rig.text(rig.failure(spec(server("keyboard-interactive"), password(WRONG)))))
                .contains("it refused the password; tried keyboard-interactive;");
    }

    @Test
    void aPasswordThatMustBeChangedSaysSo() {
        MinaServer server = server(
                sshd -> sshd.setPasswordAuthenticator((user, password, session) -> {
                    throw new PasswordChangeRequiredException("expired", "Choose a new one: ", "en");
                }),
                "password");
        TunnelException failure = rig.failure(spec(server, password("old")));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(failure).hasMessageContaining("the password has expired");
    }

    @Test
    void twoFactorsOneAfterTheOther() {
        MinaServer server =
                MinaServer.builder().authSequence("publickey,password").start();
        servers.add(server);
        assertThat(rig.connect(spec(server, Credentials.privateKey(server.privateKey()), rightPassword(server))))
                .isNotNull();
    }

    @Test
    void aKeyThatCantBeReadIsLeftOutWhileAnotherCredentialIsThere(@TempDir Path dir) {
        MinaServer server = server("publickey", "password");
        Credentials missing = Credentials.privateKey(dir.resolve("missing"));
        assertThat(rig.connect(spec(server, missing, rightPassword(server)))).isNotNull();
    }

    @Test
    void credentialsAreReadAnewForEachStart() {
        MinaServer server = server("password");
        AtomicInteger asked = new AtomicInteger();
        Credentials turning = Credentials.password(() -> {
            asked.incrementAndGet();
            return server.password().orElseThrow().toCharArray();
        });
        rig.connect(spec(server, turning)).cut(Rig.closing());
        server.password("changed");
        rig.connect(spec(server, turning));
        assertThat(asked).hasValue(2);
    }

    @Test
    void aPasswordSupplierThatFails() {
        RuntimeException sealed = new IllegalStateException("token hvs.SECRET is not valid");
        TunnelException failure = rig.failure(spec(server("password"), Credentials.password(() -> {
            throw sealed;
        })));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot log in to tunnel@HOST:PORT (start 1, T): the password supplier failed with "
                        + "java.lang.IllegalStateException; check the user name, and that the key or password is allowed "
                        + "on the gateway [AUTH_REJECTED]");
        assertThat(failure).hasCause(sealed);
    }

    @Test
    void aPasswordSupplierThatGivesNothing() {
        assertThat(rig.failure(spec(server("password"), Credentials.password(() -> new char[0]))))
                .hasMessageContaining("the password supplier gave no password");
    }

    @Test
    void aSupplierThatDoesNotReturnIsInterruptedAtTheDeadline() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        LinkStart start = rig.start(spec(server("password"), Credentials.password(() -> {
                    asked.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return "late".toCharArray();
                }))
                .build());
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        start.timeOut(Duration.ofSeconds(2));
        TunnelException failure = Rig.failure(start);
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Rig.text(failure)).contains(": the password supplier gave no answer within 2 s;");
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    /** One that does not mind an interrupt keeps its thread, and nothing else. */
    @Test
    void aPassphraseSupplierThatCantBeInterruptedIsHeldToTheDeadlineAllTheSame(@TempDir Path dir)
            throws InterruptedException {
        Path locked = SshKeys.generate(dir, "locked", SshKeys.Type.ED25519, SshKeys.Format.OPENSSH, "sesame")
                .privateKey();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        LinkStart start = rig.start(spec(server("publickey"), Credentials.privateKey(locked, () -> {
                    asked.countDown();
                    while (release.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    return "sesame".toCharArray();
                }))
                .build());
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        start.timeOut(Duration.ofSeconds(2));
        assertThat(Rig.text(Rig.failure(start)))
                .contains(": the passphrase supplier of private key " + locked + " gave no answer within 2 s;");
        release.countDown();
    }
}
