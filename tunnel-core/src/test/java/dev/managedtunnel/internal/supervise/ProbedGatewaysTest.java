package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Sessions that are up and move to another gateway since probes fail. */
class ProbedGatewaysTest extends SupervisorRig {
    ProbedGatewaysTest() {
        super(8);
    }

    @Test
    void probesThatFailMoveASessionThatIsUpWithoutBreakingIt() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.probed(A, false, "SELECT 1");
        assertThat(links.starts).hasSize(1);
        tunnel.probed(A, false, "SELECT 1");
        assertThat(links.last().gateway).isEqualTo(B);
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.serving).containsExactly(first);
        tunnel.probed(A, false, "SELECT 1");
        FakeLink second = nextStart().succeed();
        assertThat(seen.serving).containsExactly(second);
        assertThat(seen.retired).containsOnlyKeys(first);
        assertThat(seen.decisions).containsExactly("LEFT a>b");
    }

    @Test
    void aSessionWhoseProbesAreWellAgainBeforeTheOtherGatewayAnswersStays() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.probed(A, false, "SELECT 1");
        tunnel.probed(A, false, "SELECT 1");
        assertThat(links.last().gateway).isEqualTo(B);
        tunnel.probed(A, true, "");
        FakeLink second = links.last().succeed();
        assertThat(second.isLost()).as("it is not needed").isTrue();
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.decisions).isEmpty();
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void aSessionThatCouldNotMoveIsStillReplacedWhenItIsTooOld() {
        Supervisor tunnel = supervise(1, calm().maxSessionAge(Duration.ofHours(2)), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.probed(A, false, "SELECT 1");
        tunnel.probed(A, false, "SELECT 1");
        links.last().fail(FailureReason.CONNECT_REFUSED);
        tunnel.probed(A, true, "");
        assertThat(nextStart(Duration.ofHours(1)).gateway).isEqualTo(A);
        FakeLink by = links.last().succeed();
        assertThat(seen.serving).containsExactly(by);
        assertThat(seen.retired).containsOnlyKeys(first);
    }

    @Test
    void aRestartAskedForWhileASessionIsToMoveIsNotForgottenWhenThatFails() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        links.last().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.probed(A, false, "SELECT 1");
        tunnel.probed(A, false, "SELECT 1");
        assertThat(links.last().gateway).isEqualTo(B);
        tunnel.restart();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(nextStart().gateway).isEqualTo(A);
    }
}
