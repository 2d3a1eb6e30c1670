package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.testing.TalkScript.Ending;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
@Timeout(60)
class PeersTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void talksEndWellInEachWay(@TempDir Path dir) {
        try (Peers peers = new Peers()) {
            InetSocketAddress tcp = peers.listen();
            UnixDomainSocketAddress unix = UnixDomainSocketAddress.of(dir.resolve("target.sock"));
            peers.listen(unix.getPath());
            Random random = new Random(1);
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TalkScript client = TalkScript.sends(2L * i, 70_001L * i).pausing(random);
                TalkScript target = TalkScript.sends(2L * i + 1, 10L * i).pausing(random);
                talks.add(peers.talk(tcp, client, target));
                talks.add(peers.talk(unix, client, target.afterTheOther()));
                talks.add(peers.talk(tcp, client.ending(Ending.WAIT), target.ending(Ending.CLOSE)));
                talks.add(peers.talk(unix, client.ending(Ending.CLOSE), target.ending(Ending.WAIT)));
                talks.add(peers.talk(tcp, client.resetsAfter(5L * i), target));
                talks.add(peers.talk(unix, client, target.resetsAfter(1_000L * i)));
            }
            talks.forEach(talk -> talk.awaitWell(SOON));
            assertThat(talks.get(114).client().received()).isEqualTo(190);
            assertThat(talks.get(114).target().received()).isEqualTo(70_001L * 19);
        } finally {
            assertThat(dir.resolve("target.sock").toFile().delete()).isTrue();
        }
    }

    @Test
    void whoDoesNotReadMakesTheOtherWait() {
        try (Peers peers = new Peers()) {
            Talk talk = peers.talk(peers.listen(), TalkScript.listens().notReading(), TalkScript.sends(1, 64 << 20));
            Poll.until(SOON, talk::toString, () -> talk.target().sent() > 0);
            assertThat(talk.over()).isNotDone();
            assertThat(talk.client().received()).isZero();
            talk.client().read(true);
            talk.awaitWell(SOON);
            assertThat(talk.client().received()).isEqualTo(64 << 20);
        }
    }

    /** Its answer is an echo, which is not what the script says. */
    @Test
    void tellsAWrongByte() {
        try (Peers peers = new Peers();
                Target echo = Target.tcp(Targets.echo())) {
            Talk talk = peers.talk(echo.address(), TalkScript.sends(1, 100), TalkScript.sends(2, 100));
            assertThatThrownBy(() -> talk.awaitWell(SOON)).hasMessageContaining("client byte 0 is wrong");
        }
    }

    @Test
    void tellsAnEndThatComesTooEarly() {
        try (Peers peers = new Peers();
                Target closing = Target.tcp(Targets.answerAndClose(""))) {
            Talk talk = peers.talk(closing.address(), TalkScript.listens(), TalkScript.sends(2, 100));
            assertThatThrownBy(() -> talk.awaitWell(SOON))
                    .hasMessageMatching("(?s).*client (got EOF after 0 of 100 bytes|broke with .*reset).*");
        }
    }

    @Test
    void tellsABreakThatNobodyMade() {
        try (Peers peers = new Peers();
                Target breaking = Target.tcp(Targets.resetAtOnce())) {
            Talk talk = peers.talk(breaking.address(), TalkScript.listens(), TalkScript.listens());
            assertThatThrownBy(() -> talk.awaitWell(SOON)).hasMessageContaining("client");
        }
    }

    @Test
    void nothingIsSaidWhileHeld() {
        try (Peers peers = new Peers()) {
            peers.hold(true);
            Talk talk = peers.talk(peers.listen(), TalkScript.sends(1, 10), TalkScript.sends(2, 10));
            Poll.until(SOON, talk::toString, () -> peers.openTargets() == 1);
            assertThat(talk.client().sent() + talk.target().sent()).isZero();
            peers.hold(false);
            talk.awaitWell(SOON);
        }
    }
}
