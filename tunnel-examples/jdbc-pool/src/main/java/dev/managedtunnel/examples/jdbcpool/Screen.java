package dev.managedtunnel.examples.jdbcpool;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Lines that stay, the tunnel's log among them, and one live line below them. On a terminal the live line is rewritten in
 * place; elsewhere it is printed once a second. Its text must fit into a terminal's width. Thread-safe.
 */
final class Screen implements AutoCloseable {
    private static final Duration TERMINAL_REFRESH = Duration.ofMillis(200);
    private static final Duration PLAIN_REFRESH = Duration.ofSeconds(1);

    private final PrintWriter out;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private final CountDownLatch liveEnds = new CountDownLatch(1);
    private final Logger tunnelLogger = (Logger) LoggerFactory.getLogger("dev.managedtunnel");
    private final AppenderBase<ILoggingEvent> tunnelLines = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            line(event.getFormattedMessage());
        }
    };
    private int liveLength;
    private volatile @Nullable Supplier<String> liveText;

    Screen(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        tunnelLines.setContext(tunnelLogger.getLoggerContext());
        tunnelLines.start();
        tunnelLogger.addAppender(tunnelLines);
    }

    /** Whether this process reads from and writes to a terminal. */
    @SuppressWarnings("SystemConsoleNull") // asked twice, for all versions of Java
    static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // Java 22 may give a console without a terminal too, and has a method that tells.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException before22) {
            return true;
        }
    }

    /** A line that stays, headed by the seconds since the start. */
    void line(String text) {
        print(String.format(Locale.ROOT, "%5.1f s  %s", secondsSinceStart(), text));
    }

    /** Text that stays. */
    synchronized void print(String text) {
        clearLive();
        out.println(text);
        out.flush();
    }

    /** Shows this live line from now until {@link #endLive()}, in place of another one. */
    void live(Supplier<String> text) {
        boolean first = liveText == null;
        liveText = text;
        if (!first) {
            return;
        }
        Duration period = terminal ? TERMINAL_REFRESH : PLAIN_REFRESH;
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!liveEnds.await(period.toMillis(), TimeUnit.MILLISECONDS)) {
                            refresh(Objects.requireNonNull(liveText).get());
                        }
                    } catch (InterruptedException end) {
                        Thread.currentThread().interrupt();
                    }
                },
                "screen");
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void refresh(String text) {
        if (liveEnds.getCount() == 0) {
            return;
        }
        if (!terminal) {
            line(text);
            return;
        }
        String full = String.format(Locale.ROOT, "%5.1f s  %s", secondsSinceStart(), text);
        out.print("\r" + full + " ".repeat(Math.max(0, liveLength - full.length())));
        out.flush();
        liveLength = full.length();
    }

    private void clearLive() {
        if (liveLength > 0) {
            out.print("\r" + " ".repeat(liveLength) + "\r");
            liveLength = 0;
        }
    }

    private double secondsSinceStart() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Ends the live line; what was printed above it stays. */
    void endLive() {
        liveEnds.countDown();
        synchronized (this) {
            clearLive();
        }
    }

    /** Also lets go of the tunnel's log. */
    @Override
    public void close() {
        tunnelLogger.detachAppender(tunnelLines);
        endLive();
        out.flush();
    }
}
