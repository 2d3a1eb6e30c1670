package dev.managedtunnel.internal.link.jsch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Looks at the first bytes of a peer until it has named itself an SSH server. For one thread, then for reading. */
final class Banner {
    /** RFC 4253 lets a server send lines before its banner; more than this is no SSH server's preface. */
    private static final int LONGEST_PREFACE = 8 * 1024;

    private static final int SHOWN = 60;

    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private boolean complete;

    /** True once, with the bytes that end the banner's line. */
    synchronized boolean feed(ByteBuffer bytes) {
        while (!complete && bytes.hasRemaining() && seen.size() < LONGEST_PREFACE) {
            byte next = bytes.get();
            seen.write(next);
            if (next == '\n') {
                String text = text();
                int line = text.lastIndexOf('\n', text.length() - 2) + 1;
                complete = text.startsWith("SSH-", line);
            }
        }
        return complete;
    }

    /** What it sent instead, fit for one line of a text; empty when it sent nothing. */
    synchronized String excerpt() {
        return Text.oneLine(text(), SHOWN);
    }

    private String text() {
        return seen.toString(StandardCharsets.ISO_8859_1);
    }
}
