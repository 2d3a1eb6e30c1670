package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.link.SharedLoop.Seat;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The test's thread is the session's reader, and a pipe is its socket. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class SharedLoopTest {
    private static final Duration END = Duration.ofSeconds(10);

    private final CompletableFuture<Throwable> death = new CompletableFuture<>();
    private EventLoop loop;
    private Pipe socket;

    @BeforeEach
    void start() throws IOException {
        loop = new EventLoop("tunnel-test-loop", death::complete);
        loop.start();
        socket = Pipe.open();
        socket.source().configureBlocking(false);
    }

    @AfterEach
    void end() throws IOException {
        loop.execute(loop::stop);
        loop.awaitEnd(END);
        socket.source().close();
        socket.sink().close();
    }

    private Thread threadOfATask() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        loop.execute(() -> thread.complete(Thread.currentThread()));
        return thread.get(10, TimeUnit.SECONDS);
    }

    private Seat join() throws IOException {
        Seat seat = loop.join(socket.source());
        assertThat(seat).isNotNull();
        return seat;
    }

    @Test
    void aReaderThatHasJoinedRunsWhatOthersBringAndHandsTheLoopBack() throws Exception {
        Seat seat = join();
        assertThat(loop.isCurrent()).isTrue();
        CompletableFuture<Thread> ranOn = new CompletableFuture<>();
        Thread other = new Thread(() -> loop.execute(() -> ranOn.complete(Thread.currentThread())), "fixture-teller");
        other.start();
        while (!ranOn.isDone()) {
            assertThat(seat.round(true)).isTrue();
        }
        assertThat(ranOn.join()).isEqualTo(Thread.currentThread());
        other.join();

        seat.leave();
        assertThat(loop.isCurrent()).isFalse();
        assertThat(threadOfATask().getName()).isEqualTo("tunnel-test-loop");
    }

    @Test
    void aRoundEndsWhenThereIsSomethingToReadFromTheSessionsSocket() throws Exception {
        Seat seat = join();
        assertThat(seat.round(false)).isTrue();
        assertThat(seat.isReadable()).isFalse();
        socket.sink().write(ByteBuffer.wrap(new byte[1]));
        assertThat(seat.round(true)).isTrue();
        assertThat(seat.isReadable()).isTrue();
        seat.leave();
    }

    @Test
    void onlyOneReaderRunsIt() throws Exception {
        Seat seat = join();
        Pipe another = Pipe.open();
        try {
            another.source().configureBlocking(false);
            CompletableFuture<Seat> second = new CompletableFuture<>();
            Thread reader = new Thread(() -> joinTo(another, second), "fixture-reader");
            reader.start();
            assertThat(second.get(10, TimeUnit.SECONDS)).isNull();
            reader.join();

            seat.leave();
            CompletableFuture<Seat> next = new CompletableFuture<>();
            joinTo(another, next);
            assertThat(next.join()).isNotNull();
            assertThat(loop.isCurrent()).isTrue();
            next.join().leave();
        } finally {
            another.source().close();
            another.sink().close();
        }
    }

    private void joinTo(Pipe its, CompletableFuture<Seat> result) {
        try {
            result.complete(loop.join(its.source()));
        } catch (IOException e) {
            result.completeExceptionally(e);
        }
    }

    @Test
    void aSocketThatAnyThreadClosesEndsNeitherTheRoundNorTheLoop() throws Exception {
        for (int i = 0; i < 300; i++) {
            Pipe session = Pipe.open();
            session.source().configureBlocking(false);
            session.sink().write(ByteBuffer.wrap(new byte[1]));
            Seat seat = loop.join(session.source());
            assertThat(seat).isNotNull();
            Thread closer = new Thread(
                    () -> {
                        try {
                            session.source().close();
                        } catch (IOException e) {
                            death.complete(e);
                        }
                    },
                    "fixture-closer");
            closer.start();
            while (session.source().isOpen()) {
                assertThat(seat.round(false)).isTrue();
            }
            closer.join();
            seat.leave();
            session.sink().close();
        }
        assertThat(death).isNotDone();
    }

    @Test
    void whatWakesTheReaderEndsItsWait() throws Exception {
        Seat seat = join();
        Thread other = new Thread(seat::wake, "fixture-waker");
        other.start();
        assertThat(seat.round(true)).isTrue();
        other.join();
        seat.leave();
    }

    @Test
    void aTaskThatWakesTheReaderOnItsOwnThreadEndsItsWait() throws Exception {
        Seat seat = join();
        seat.round(false);
        loop.execute(seat::wake);
        assertThat(seat.round(true)).isTrue();
        seat.wake();
        assertThat(seat.round(true)).isTrue();
        seat.leave();
    }

    @Test
    void anInterruptEndsOneWaitOnly() throws Exception {
        Seat seat = join();
        seat.round(false);
        Thread.currentThread().interrupt();
        assertThat(seat.round(true)).isTrue();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        seat.leave();
    }

    @Test
    void aLoopThatStopsLeavesTheSessionsSocketAlone() throws Exception {
        Seat seat = join();
        loop.execute(loop::stop);
        assertThat(seat.round(true)).isFalse();
        assertThat(loop.isCurrent()).isFalse();
        loop.awaitEnd(END);
        assertThat(loop.execute(() -> {})).isFalse();
        assertThat(socket.source().isOpen()).isTrue();
        assertThat(loop.join(socket.source())).isNull();
    }

    @Test
    void anErrorEndsTheLoopAndNotItsReader() throws Exception {
        Seat seat = join();
        Error madeUp = new AssertionError("made up");
        loop.execute(() -> {
            throw madeUp;
        });
        assertThat(seat.round(true)).isFalse();
        assertThat(death).isCompletedWithValue(madeUp);
        loop.awaitEnd(END);
        assertThat(loop.execute(() -> {})).isFalse();
        assertThat(socket.source().isOpen()).isTrue();
    }
}
