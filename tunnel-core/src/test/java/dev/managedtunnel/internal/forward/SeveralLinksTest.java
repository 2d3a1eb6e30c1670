package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.testing.NoLeaks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several sessions at once, and sessions that get no more connections. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class SeveralLinksTest {
    @Test
    void aConnectionGoesToTheLinkWithTheFewest() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(FakeLink.echo());
            List<Client> old = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                old.add(echoing(rig));
            }
            FakeLink second = rig.up(FakeLink.echo());
            for (int i = 0; i < 6; i++) {
                echoing(rig);
            }
            assertThat(first.opened).hasSize(5);
            assertThat(second.opened).hasSize(5);
            for (Client client : old) {
                client.reset();
            }
            rig.awaitActive(6);
            echoing(rig);
            echoing(rig);
            assertThat(first.opened).as("those that have ended count no more").hasSize(7);
        }
    }

    @Test
    void aLostLinkEndsItsOwnConnectionsOnly() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(FakeLink.echo());
            rig.up(FakeLink.echo());
            Client broken = echoing(rig);
            Client well = echoing(rig);
            first.lose();
            rig.forwarder.linkDown(first);
            assertThat(broken.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
            well.send("y");
            assertThat(well.read(1)).isEqualTo("y");
            echoing(rig);
        }
    }

    @Test
    void whatWasNotConfirmedMovesAtOnceAndWaitsForNothing() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            Client client = rig.connect();
            client.send("SELECT 1");
            first.next();
            rig.up(FakeLink.echo());
            first.lose();
            assertThat(client.read(8)).isEqualTo("SELECT 1");
            echoing(rig);
            rig.forwarder.linkDown(first);
            echoing(rig);
            assertThat(rig.parkedTimes).isEmpty();
            assertThat(first.opened).isEmpty();
        }
    }

    @Test
    void aRetiredLinkKeepsWhatItHasAndGetsNoMore() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink old = rig.up(FakeLink.echo());
            Client established = echoing(rig);
            FakeLink by = rig.up(FakeLink.echo());
            CompletableFuture<Void> empty = rig.forwarder.retire(old).toCompletableFuture();
            for (int i = 0; i < 3; i++) {
                echoing(rig);
            }
            assertThat(by.opened).hasSize(3);
            assertThat(empty).isNotDone();
            established.send("still");
            assertThat(established.read(5)).isEqualTo("still");
            established.reset();
            Rig.until("empty", empty::isDone);
        }
    }

    @Test
    void aConnectionThatIsBeingOpenedKeepsARetiredLinkToo() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink old = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel asked = old.next();
            CompletableFuture<Void> empty = rig.forwarder.retire(old).toCompletableFuture();
            rig.up(new FakeLink());
            asked.confirm();
            rig.awaitActive(1);
            assertThat(empty).isNotDone();
            client.reset();
            Rig.until("empty", empty::isDone);
        }
    }

    @Test
    void aRetiredLinkThatIsLostMovesWhatItHadNotConfirmed() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink old = rig.up(new FakeLink());
            Client client = rig.connect();
            client.send("x");
            old.next();
            CompletableFuture<Void> empty = rig.forwarder.retire(old).toCompletableFuture();
            rig.up(FakeLink.echo());
            old.lose();
            assertThat(client.read(1)).isEqualTo("x");
            Rig.until("empty", empty::isDone);
        }
    }

    @Test
    void aLinkWithoutConnectionsIsEmptyAtOnceWhetherKnownOrNot() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink known = rig.up(new FakeLink());
            CompletableFuture<Void> one = rig.forwarder.retire(known).toCompletableFuture();
            Rig.until("empty", one::isDone);
            CompletableFuture<Void> again = rig.forwarder.retire(known).toCompletableFuture();
            Rig.until("empty", again::isDone);
            rig.forwarder.close();
            assertThat(rig.forwarder.retire(known)).isCompleted();
        }
    }

    private static Client echoing(Rig rig) throws Exception {
        Client client = rig.connect();
        client.send("x");
        assertThat(client.read(1)).isEqualTo("x");
        return client;
    }
}
