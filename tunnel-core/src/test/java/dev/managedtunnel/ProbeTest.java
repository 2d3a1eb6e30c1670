package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeTest {
    private static final Probe ANY = Probe.of("any", tunnel -> {});

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        assertThat(ANY)
                .hasToString("any every PT30S, timeout PT10S, fails after 3 of 5, recovers after 3")
                .returns(Duration.ofSeconds(30), Probe::interval)
                .returns(Duration.ofSeconds(10), Probe::timeout)
                .returns(3, Probe::failures)
                .returns(5, Probe::window)
                .returns(3, Probe::recovery)
                .returns(false, Probe::restartsSession);
    }

    @Test
    void aChangeMakesACopyThatKeepsTheRest() {
        Probe changed = ANY.named("other")
                .every(Duration.ofMinutes(1))
                .timeout(Duration.ofSeconds(2))
                .failAfter(2, 4)
                .recoverAfter(1)
                .restartSession();
        assertThat(changed)
                .hasToString(
                        "other every PT1M, timeout PT2S, fails after 2 of 4, recovers after 1, restarts the session");
        assertThat(changed.check()).isSameAs(ANY.check());
        assertThat(ANY).hasToString("any every PT30S, timeout PT10S, fails after 3 of 5, recovers after 3");
    }

    @Test
    void eachIsNamedAfterWhatItDoes() {
        assertThat(Probe.connect("db.internal", 5432).name()).isEqualTo("connect db.internal:5432");
        assertThat(Probe.connect(Endpoint.unixSocket("/run/db.sock")).name()).isEqualTo("connect /run/db.sock");
        assertThat(Probe.echo("::1", 7).name()).isEqualTo("echo [::1]:7");
        assertThat(Probe.echoLoop().name()).isEqualTo("echo-loop");
    }

    @Test
    void whatIsNoTargetIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Probe.connect("db", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Probe.echo("*", 7));
        assertThatIllegalArgumentException().isThrownBy(() -> Probe.of(" ", tunnel -> {}));
        assertThatIllegalArgumentException().isThrownBy(() -> ANY.named("a\nb"));
        assertThatNullPointerException().isThrownBy(() -> Probe.of("any", null)).withMessage("check");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.099S", "PT0S", "PT-1S", "PT24H0.000000001S"})
    void timesOutOfRangeAreRefused(Duration time) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ANY.every(time))
                .withMessage("probe interval: '" + time + "' is out of range; give PT0.1S to PT24H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ANY.timeout(time))
                .withMessage("probe timeout: '" + time + "' is out of range; give PT0.1S to PT24H");
    }

    @Test
    void countsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ANY.failAfter(6, 5))
                .withMessage("probe failAfter: '6' is out of range; give 1 to 5");
        assertThatIllegalArgumentException().isThrownBy(() -> ANY.failAfter(0, 5));
        assertThatIllegalArgumentException().isThrownBy(() -> ANY.failAfter(1, 101));
        assertThatIllegalArgumentException().isThrownBy(() -> ANY.recoverAfter(0));
        assertThatIllegalArgumentException().isThrownBy(() -> ANY.recoverAfter(101));
    }

    @Test
    void aSingleFailedCheckMustNeverEndASession() {
        String text =
                "probe failAfter: '1' with restartSession would end a session for a single failed check; give 2 or"
                        + " more, or leave out restartSession";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ANY.failAfter(1, 1).restartSession())
                .withMessage(text);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ANY.restartSession().failAfter(1, 5))
                .withMessage(text);
        assertThat(ANY.restartSession().failAfter(2, 2).restartsSession()).isTrue();
    }

    @Test
    void anEchoThatIsNoneFails() throws Exception {
        Probe echo = Probe.echo("db", 7);
        echo.check().run(new Answers(sent -> sent));
        assertThatIOException()
                .isThrownBy(() -> echo.check().run(new Answers(sent -> new byte[5])))
                .withMessage("db:7 is no echo service: of 32 bytes only 5 came back");
        assertThatIOException()
                .isThrownBy(() -> echo.check().run(new Answers(sent -> new byte[32])))
                .withMessage("db:7 is no echo service: of 32 bytes others came back");
    }

    @Test
    void anEchoIsAskedForOtherBytesEachTime() throws Exception {
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Probe.echoLoop().check().run(new Answers(sent -> {
                all.add(sent);
                return sent;
            }));
        }
        assertThat(all.get(0)).isNotEqualTo(all.get(1));
    }

    /** A tunnel to a service that answers with what it makes of what it gets. */
    private record Answers(UnaryOperator<byte[]> service) implements ProbeContext {
        @Override
        public String tunnel() {
            return "orders";
        }

        @Override
        public Socket connect(Endpoint target) {
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            return new Socket() {
                @Override
                public OutputStream getOutputStream() {
                    return sent;
                }

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(service.apply(sent.toByteArray()));
                }
            };
        }

        @Override
        public SocketFactory socketFactory() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Endpoint echoLoop() {
            return Endpoint.tcp("localhost", 4321);
        }
    }
}
