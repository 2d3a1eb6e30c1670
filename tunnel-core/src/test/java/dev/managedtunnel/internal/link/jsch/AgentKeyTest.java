package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentKeyTest {
    @Test
    void theSocketGivenWinsOverThatOfTheEnvironment() {
        assertThat(AgentKey.socket(Credentials.agent(Path.of("/a")), "/b")).isEqualTo(Path.of("/a"));
        assertThat(AgentKey.socket(Credentials.agent(), "/b")).isEqualTo(Path.of("/b"));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "")
    void withoutEitherItSaysWhatToDo(String environment) {
        assertThatExceptionOfType(StartFailure.class)
                .isThrownBy(() -> AgentKey.socket(Credentials.agent(), environment))
                .satisfies(failure -> {
                    assertThat(failure.reason()).isEqualTo(FailureReason.KEY_UNREADABLE);
                    assertThat(failure.why())
                            .isEqualTo(
                                    "SSH agent can't be found: SSH_AUTH_SOCK is not set; start one, or give its socket "
                                            + "with Credentials.agent(path)");
                });
    }
}
