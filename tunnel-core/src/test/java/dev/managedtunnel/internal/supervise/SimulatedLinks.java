package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.StartPhase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Session starts whose course a test decides: it completes, fails, or leaves them hanging. */
class SimulatedLinks implements LinkFactory {
    final List<Start> starts = new ArrayList<>();
    int open;
    int starting;

    @Override
    public LinkStart start(Gateway gateway, long number) {
        Start start = new Start(gateway, number);
        starts.add(start);
        starting++;
        return start;
    }

    /** A start has ended, one way or the other; whoever waits for that has not been told yet. */
    void ended(Start start) {}

    /** A session has come up. */
    void cameUp(FakeLink link) {}

    /** A session is asked whether it lives. */
    void checked(FakeLink link, Duration deadline) {}

    Start last() {
        return starts.get(starts.size() - 1);
    }

    static TunnelException failure(FailureReason reason) {
        return new TunnelException(reason, "simulated", null);
    }

    final class Start implements LinkStart {
        final Gateway gateway;
        final long number;
        private final CompletableFuture<Link> link = new CompletableFuture<>();
        boolean isUp;
        /** Whether the link comes up in the same moment in which it is given up. */
        boolean racesCancel;

        Start(Gateway gateway, long number) {
            this.gateway = gateway;
            this.number = number;
        }

        boolean isOver() {
            return link.isDone();
        }

        FakeLink succeed() {
            FakeLink up = new FakeLink(gateway);
            if (!link.isDone()) {
                isUp = true;
                starting--;
                ended(this);
                open++;
                cameUp(up);
                link.complete(up);
            }
            return up;
        }

        void fail(FailureReason reason) {
            if (!link.isDone()) {
                starting--;
                ended(this);
                link.completeExceptionally(failure(reason));
            }
        }

        @Override
        public CompletionStage<Link> link() {
            return link;
        }

        @Override
        public void timeOut(Duration deadline) {
            giveUp(FailureReason.CONNECT_TIMEOUT);
        }

        @Override
        public void cancel() {
            giveUp(FailureReason.CLOSED);
        }

        private void giveUp(FailureReason reason) {
            if (racesCancel) {
                succeed();
            } else {
                fail(reason);
            }
        }
    }

    final class FakeLink implements Link {
        final Gateway gateway;
        private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
        int checks;

        @Nullable
        Duration answerBy;

        FakeLink(Gateway gateway) {
            this.gateway = gateway;
        }

        void lose(FailureReason reason) {
            cut(failure(reason));
        }

        boolean isLost() {
            return lost.isDone();
        }

        @Override
        public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
            return CompletableFuture.failedFuture(new UnsupportedOperationException("no channels here"));
        }

        @Override
        public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<?> unlisten(String address, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<TunnelException> lost() {
            return lost;
        }

        @Override
        public void cut(TunnelException why) {
            if (!lost.isDone()) {
                open--;
                lost.complete(why);
            }
        }

        @Override
        public void check(Duration deadline) {
            checks++;
            answerBy = deadline;
            checked(this, deadline);
        }

        @Override
        public @Nullable Duration roundTrip() {
            return null;
        }

        @Override
        public Map<StartPhase, Duration> startPhases() {
            return Map.of();
        }
    }
}
