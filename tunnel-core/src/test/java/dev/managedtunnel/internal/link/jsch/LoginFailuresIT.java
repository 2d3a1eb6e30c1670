package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.DefaultKeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.keyboard.InteractiveChallenge;
import org.apache.sshd.server.session.ServerSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that hangs, hangs up or disconnects in the middle of each method of a login. */
@ExtendWith(NoLeaks.class)
class LoginFailuresIT {
    private static final Duration DEADLINE = Duration.ofMillis(1500);

    /** Where in a login the server does it. */
    enum Moment {
        KEY("publickey"),
        PASSWORD("password"),
        QUESTION("keyboard-interactive"),
        ANSWER("keyboard-interactive");

        private final String method;

        Moment(String method) {
            this.method = method;
        }
    }

    private final Rig rig = new Rig();
    private final CountDownLatch over = new CountDownLatch(1);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private MinaServer server(Moment moment, Consumer<ServerSession> act) {
        return MinaServer.builder()
                .authMethods(moment.method)
                .configure(sshd -> act(sshd, moment, act))
                .start();
    }

    private static void act(SshServer sshd, Moment moment, Consumer<ServerSession> act) {
        sshd.setPublickeyAuthenticator((user, key, session) -> {
            act.accept(session);
            return false;
        });
        sshd.setPasswordAuthenticator((user, password, session) -> {
            act.accept(session);
            return false;
        });
        sshd.setKeyboardInteractiveAuthenticator(new DefaultKeyboardInteractiveAuthenticator() {
            @Override
            public InteractiveChallenge generateChallenge(
                    ServerSession session, String username, String lang, String subMethods) throws Exception {
                if (moment == Moment.QUESTION) {
                    act.accept(session);
                }
                InteractiveChallenge challenge = new InteractiveChallenge();
                challenge.setLanguageTag("");
                challenge.addPrompt("Code: ", false);
                return challenge;
            }

            @Override
            public boolean authenticate(ServerSession session, String user, List<String> answers) {
                act.accept(session);
                return false;
            }
        });
    }

    private TunnelSpec spec(MinaServer server, Moment moment) {
        TunnelSpec pinned = rig.spec(server).build();
        return TunnelSpec.builder(rig.name)
                .gateway(pinned.gateways().get(0))
                .hostKeys(pinned.hostKeys())
                .forward(pinned.forwards().get(0))
                .credentials(
                        switch (moment) {
                            case KEY -> Credentials.privateKey(server.privateKey());
                            case PASSWORD -> Credentials.password("secret"::toCharArray);
                            default -> Credentials.keyboardInteractive(challenge -> List.of("secret".toCharArray()));
                        })
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatHangsIsHeldToTheDeadline(Moment moment) {
        try (MinaServer server = server(moment, session -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        })) {
            LinkStart start = rig.start(spec(server, moment));
            rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
            TunnelException failure = Rig.failure(start);
            over.countDown();
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
            assertThat(Rig.text(failure))
                    .startsWith("cannot log in to tunnel@HOST:PORT (start 1, T): not done within 1.5 s;");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatHangsUpGivesNoVerdict(Moment moment) {
        try (MinaServer server = server(moment, session -> session.close(true))) {
            TunnelException failure = Rig.failure(rig.start(spec(server, moment)));
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatDisconnectsSaysWhy(Moment moment) {
        try (MinaServer server = server(moment, session -> disconnect(session, 11, "going down"))) {
            TunnelException failure = Rig.failure(rig.start(spec(server, moment)));
            assertThat(failure.reason()).isEqualTo(FailureReason.DISCONNECTED);
            assertThat(Rig.text(failure))
                    .startsWith("cannot log in to tunnel@HOST:PORT (start 1, T): the server disconnected: 'going down' "
                            + "(code 11);");
        }
    }

    private static void disconnect(ServerSession session, int code, String text) {
        try {
            session.disconnect(code, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatRefusesIsSaidToHaveDoneSo(Moment moment) {
        try (MinaServer server = server(moment, session -> {})) {
            TunnelException failure = Rig.failure(rig.start(spec(server, moment)));
            assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
            assertThat(failure).hasMessageContaining("tried ");
        }
    }
}
