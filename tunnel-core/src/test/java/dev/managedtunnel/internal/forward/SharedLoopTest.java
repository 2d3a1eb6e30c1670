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
        socket = newSocket();
    }

    @AfterEach
    void end() throws IOException {
        loop.execute(loop::stop);
        loop.awaitEnd(END);
        close(socket);
    }

    private static Pipe newSocket() throws IOException {
        Pipe made = Pipe.open();
        made.source().configureBlocking(false);
        return made;
    }

    private static void close(Pipe made) throws IOException {
        made.source().close();
        made.sink().close();
    }

    private Seat join() throws IOException {
        return join(socket);
    }

    private Seat join(Pipe its) throws IOException {
        Seat seat = loop.join(its.source());
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
        CompletableFuture<String> later = new CompletableFuture<>();
        loop.execute(() -> later.complete(Thread.currentThread().getName()));
        assertThat(later.get(10, TimeUnit.SECONDS)).isEqualTo("tunnel-test-loop");
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
        Pipe another = newSocket();
        try {
            CompletableFuture<Seat> second = new CompletableFuture<>();
            Thread reader = new Thread(
                    () -> {
                        try {
                            second.complete(loop.join(another.source()));
                        } catch (IOException e) {
                            second.completeExceptionally(e);
                        }
                    },
                    "fixture-reader");
            reader.start();
            assertThat(second.get(10, TimeUnit.SECONDS)).isNull();
            reader.join();

            seat.leave();
            Seat next = join(another);
            assertThat(loop.isCurrent()).isTrue();
            next.leave();
        } finally {
            close(another);
        }
    }

    @Test
    void aSocketThatAnyThreadClosesEndsNeitherTheRoundNorTheLoop() throws Exception {
        for (int i = 0; i < 300; i++) {
            Pipe session = newSocket();
            session.sink().write(ByteBuffer.wrap(new byte[1]));
            Seat seat = join(session);
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
            close(session);
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
