package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Skipping, and the switch that turns it into failing. */
class RequiresTest {

    private static final String SWITCH = "tunnel.requireAll";

    private final String before = System.getProperty(SWITCH);

    @AfterEach
    void restoreSwitch() {
        if (before == null) {
            System.clearProperty(SWITCH);
        } else {
            System.setProperty(SWITCH, before);
        }
    }

    @Test
    void whatIsThereNeitherSkipsNorFails() {
        assertThatCode(() -> Requires.require(null, "do nothing")).doesNotThrowAnyException();
        assertThatCode(() -> Requires.command("sh", "dash")).doesNotThrowAnyException();
    }

    @Test
    void whatIsMissingSkipsWithTheReason() {
        assumeFalse("true".equalsIgnoreCase(System.getenv("CI")), "the environment demands failures");
        System.clearProperty(SWITCH);
        assertThatThrownBy(() -> Requires.command("no-such-command", "a-package"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("no no-such-command found")
                .hasMessageContaining("install a-package");
    }

    @Test
    void whatIsMissingFailsWhereEverythingIsRequired() {
        System.setProperty(SWITCH, "true");
        assertThatThrownBy(() -> Requires.command("no-such-command", "a-package"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("must not be skipped")
                .hasMessageContaining("install a-package");
    }
}
