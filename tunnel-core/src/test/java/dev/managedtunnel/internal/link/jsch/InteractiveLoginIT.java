package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.managedtunnel.Challenge;
import dev.managedtunnel.Challenge.Prompt;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.server.auth.keyboard.InteractiveChallenge;
import org.apache.sshd.server.auth.keyboard.KeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.keyboard.PromptEntry;
import org.apache.sshd.server.session.ServerSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What a server asks during a login, and who answers: the application, beside passwords and keys. */
@ExtendWith(NoLeaks.class)
class InteractiveLoginIT {
    private static final String CODE = "739205";
    private static final Duration DEADLINE = Duration.ofMillis(1500);

    static {
        // The library's module knows nothing of the back end that its tests log to.
        ModuleLayer.boot().modules().stream()
                .filter(module -> module.getName().startsWith("ch.qos.logback"))
                .forEach(module -> InteractiveLoginIT.class.getModule().addReads(module));
    }

    private final Rig rig = new Rig();
    private final List<SshServer> servers = new ArrayList<>();
    private final List<Challenge> challenges = new CopyOnWriteArrayList<>();
    private final List<char[]> given = new CopyOnWriteArrayList<>();
    private final Asker asker = new Asker();

    @AfterEach
    void tearDown() {
        rig.close();
        servers.forEach(SshServer::close);
    }

    /** Asks for a code, or what it is told to. */
    private static final class Asker implements KeyboardInteractiveAuthenticator {
        private final List<List<String>> answers = new CopyOnWriteArrayList<>();
        private String name = "";
        private String instruction = "";
        private List<PromptEntry> prompts = List.of(new PromptEntry("Verification code: ", false));
        private List<String> right = List.of(CODE);

        @Override
        public InteractiveChallenge generateChallenge(
                ServerSession session, String username, String lang, String subMethods) {
            InteractiveChallenge challenge = new InteractiveChallenge();
            challenge.setInteractionName(name);
            challenge.setInteractionInstruction(instruction);
            challenge.setLanguageTag("");
            prompts.forEach(challenge::addPrompt);
            return challenge;
        }

        @Override
        public boolean authenticate(ServerSession session, String username, List<String> responses) {
            answers.add(List.copyOf(responses));
            return responses.equals(right);
        }
    }

    private MinaServer server(String sequence, String... methods) {
        MinaServer server = MinaServer.builder()
                .authMethods(methods.length == 0 ? sequence.split(",", -1) : methods)
                .authSequence(sequence)
                .configure(sshd -> sshd.setKeyboardInteractiveAuthenticator(asker))
                .start();
        servers.add(server);
        return server;
    }

    /** A server that takes any one of the methods. */
    private MinaServer either(String... methods) {
        return server(String.join(" ", methods), methods);
    }

    private TunnelSpec.Builder spec(SshServer server, Credentials... credentials) {
        TunnelSpec pinned = rig.spec(server).build();
        return TunnelSpec.builder(rig.name)
                .gateway(pinned.gateways().get(0))
                .hostKeys(pinned.hostKeys())
                .forward(pinned.forwards().get(0))
                .credentials(credentials);
    }

    /** Answers, and remembers what it was asked and the arrays that it gave. */
    private Credentials answering(String... answers) {
        return Credentials.keyboardInteractive(challenge -> {
            challenges.add(challenge);
            List<char[]> fresh = Arrays.stream(answers).map(String::toCharArray).toList();
            given.addAll(fresh);
            return fresh;
        });
    }

    private static Credentials password(MinaServer server) {
        return Credentials.password(() -> server.password().orElseThrow().toCharArray());
    }

    private TunnelException rejected(SshServer server, Credentials... credentials) {
        TunnelException failure = rig.failure(spec(server, credentials));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(failure.toString()).doesNotContain(CODE);
        return failure;
    }

    @Test
    void theApplicationIsAskedWhatTheServerAsks() {
        asker.name = "Two factors";
        asker.instruction = "Look at your phone.\nThen: \u001b[2Jgo on\u0007";
        asker.prompts = List.of(new PromptEntry("Number shown: ", true), new PromptEntry("Code: ", false));
        asker.right = List.of("42", "Grüße 🔑");
        MinaServer server = server("keyboard-interactive");
        assertThat(rig.connect(spec(server, answering("42", "Grüße 🔑")))).isNotNull();
        Challenge expected = new Challenge(
                rig.spec(server).build().gateways().get(0),
                "Two factors",
                "Look at your phone.\nThen: [2Jgo on",
                List.of(new Prompt("Number shown: ", true), new Prompt("Code: ", false)));
        assertThat(challenges).containsExactly(expected);
        assertThat(expected.toString())
                .endsWith(" asks [Prompt[text=Number shown: , echo=true], Prompt[text=Code: , echo=false]]");
        assertThat(given).hasSize(2).allMatch(answer -> new String(answer).matches("\0+"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publickey,keyboard-interactive",
                "password,keyboard-interactive",
                "keyboard-interactive,publickey",
                "publickey,password,keyboard-interactive"
            })
    void severalFactorsOneAfterTheOther(String sequence) {
        MinaServer server = server(sequence);
        Credentials key = Credentials.privateKey(server.privateKey());
        assertThat(rig.connect(spec(server, key, password(server), answering(CODE))))
                .isNotNull();
        assertThat(rig.connect(spec(server, answering(CODE), password(server), key)))
                .isNotNull();
        assertThat(asker.answers).containsExactly(List.of(CODE), List.of(CODE));
    }

    @Test
    void aWrongAnswerIsSentOnce() {
        assertThat(Rig.text(rejected(server("keyboard-interactive"), answering("000000"))))
                .contains("it refused the answer of the keyboard-interactive callback; tried keyboard-interactive;");
        assertThat(asker.answers).containsExactly(List.of("000000"));
        assertThat(challenges).hasSize(1);
    }

    @Test
    void whoDeclinesLeavesItToTheOtherCredentials() {
        MinaServer server = either("keyboard-interactive", "publickey", "password");
        Credentials declining = Credentials.keyboardInteractive(challenge -> List.of());
        assertThat(rig.connect(spec(server, declining, answering(CODE)))).isNotNull();
        assertThat(rig.connect(spec(server, declining, Credentials.privateKey(server.privateKey()))))
                .isNotNull();
        assertThat(rig.connect(spec(server, declining, password(server)))).isNotNull();
        asker.answers.clear();
        assertThat(Rig.text(rejected(server, declining)))
                .contains("the keyboard-interactive callback declined to answer; tried keyboard-interactive;");
        assertThat(asker.answers).isEmpty();
    }

    @Test
    void aPasswordAnswersWhatAsksForOneAndTheApplicationTheRest() {
        MinaServer server = server("keyboard-interactive");
        asker.prompts = List.of(new PromptEntry("Password: ", false));
        asker.right = List.of(server.password().orElseThrow());
        assertThat(rig.connect(spec(server, answering(CODE), password(server)))).isNotNull();
        assertThat(challenges).isEmpty();
        asker.prompts = List.of(new PromptEntry("Verification code: ", false));
        asker.right = List.of(CODE);
        assertThat(rig.connect(spec(server, password(server), answering(CODE)))).isNotNull();
        assertThat(challenges).hasSize(1);
        asker.prompts = List.of(new PromptEntry("Password: ", false), new PromptEntry("Code: ", false));
        asker.right = List.of("secret", CODE);
        assertThat(rig.connect(spec(server, password(server), answering("secret", CODE))))
                .isNotNull();
    }

    @Test
    void anApplicationThatFailsOrMiscounts() {
        MinaServer server = server("keyboard-interactive");
        RuntimeException sealed = new IllegalStateException("seed " + CODE);
        TunnelException failure = rig.failure(spec(server, Credentials.keyboardInteractive(challenge -> {
            throw sealed;
        })));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .contains("the keyboard-interactive callback failed with java.lang.IllegalStateException;")
                .doesNotContain(CODE);
        assertThat(failure).hasCause(sealed);
        assertThat(Rig.text(rejected(server, answering(CODE, CODE))))
                .contains("the keyboard-interactive callback gave 2 answers to 1 questions;");
        assertThat(given).allMatch(answer -> new String(answer).matches("\0+"));
        assertThat(asker.answers).isEmpty();
    }

    private LinkStart startAndAwait(SshServer server, Credentials credentials, CountDownLatch asked) throws Exception {
        LinkStart start = rig.start(spec(server, credentials).build());
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        return start;
    }

    @Test
    void anAnswerThatDoesNotComeIsHeldToTheDeadline() throws Exception {
        MinaServer server = server("keyboard-interactive");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Credentials waiting = Credentials.keyboardInteractive(challenge -> {
            asked.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return List.of(CODE.toCharArray());
        });
        LinkStart start = startAndAwait(server, waiting, asked);
        start.timeOut(DEADLINE);
        TunnelException failure = Rig.failure(start);
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Rig.text(failure))
                .contains("cannot log in to tunnel@HOST:PORT (start 1, T): the keyboard-interactive callback gave no "
                        + "answer within 1.5 s;");
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(asker.answers).isEmpty();
    }

    @Test
    void anAnswerThatComesAfterTheEndGoesNowhere() throws Exception {
        MinaServer server = server("keyboard-interactive");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        LinkStart start = startAndAwait(
                server,
                Credentials.keyboardInteractive(challenge -> {
                    asked.countDown();
                    while (release.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    return List.of(CODE.toCharArray());
                }),
                asked);
        start.cancel();
        assertThat(Rig.failure(start).reason()).isEqualTo(FailureReason.CLOSED);
        org.awaitility.Awaitility.await().atMost(Rig.SOON).until(() -> server.sessionCount() == 0);
        release.countDown();
        assertThat(asker.answers).isEmpty();
    }

    @Test
    void noLogHoldsAnAnswer() {
        MinaServer server = either("password", "keyboard-interactive");
        Logger logger = (Logger) LoggerFactory.getLogger("dev.managedtunnel");
        Level before = logger.getLevel();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        try {
            rig.connect(spec(server, answering(CODE)));
            assertThat(rejected(server, answering("not-" + CODE)).toString()).doesNotContain(CODE);
            rig.connect(spec(server, Credentials.keyboardInteractive(challenge -> List.of()), password(server)));
        } finally {
            logger.setAdditive(true);
            logger.setLevel(before);
            logger.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.contains("the server asks"))
                .noneMatch(line ->
                        line.contains(CODE) || line.contains(server.password().orElseThrow()));
    }

    private OpenSshServer pam(String methods) {
        OpenSshServer server = OpenSshServer.builder()
                .pam("A code was sent to you.", CODE)
                .config("AuthenticationMethods " + methods)
                .start();
        servers.add(server);
        return server;
    }

    @Test
    void aCodeAfterAKeyAtARealServer() {
        OpenSshServer server = pam("publickey,keyboard-interactive");
        Credentials key = Credentials.privateKey(server.privateKey());
        for (Credentials[] order : new Credentials[][] {{key, answering(CODE)}, {answering(CODE), key}}) {
            assertThat(rig.connect(spec(server, order))).isNotNull();
        }
        assertThat(challenges)
                .hasSize(2)
                .allSatisfy(challenge -> assertThat(challenge.prompts())
                        .containsExactly(new Prompt("A code was sent to you.\nPassword: ", false)));
        assertThat(server.log())
                .contains("Partial publickey for " + server.user())
                .contains("Accepted keyboard-interactive/pam for " + server.user());
        int logged = server.log().length();
        assertThat(Rig.text(rejected(server, key, answering("000000"))))
                .contains("it refused the answer of the keyboard-interactive callback; tried private key "
                        + server.privateKey() + ", keyboard-interactive;");
        String log = server.log().substring(logged);
        assertThat(log.lines().filter(line -> line.contains("Failed keyboard-interactive/pam")))
                .as(log)
                .hasSize(1);
        assertThat(Rig.text(rejected(server, key)))
                .contains("it accepts keyboard-interactive; tried private key " + server.privateKey() + ";");
    }

    @Test
    void aPasswordOrAnApplicationAtARealServer() {
        OpenSshServer server = pam("keyboard-interactive");
        assertThat(rig.connect(spec(server, Credentials.password(CODE::toCharArray))))
                .isNotNull();
        assertThat(rig.connect(spec(server, answering(CODE)))).isNotNull();
        assertThat(rig.connect(spec(server, Credentials.password("wrong"::toCharArray), answering(CODE))))
                .isNotNull();
    }
}
