package dev.managedtunnel.internal.link.jsch;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The forms in which SSH and key files write bytes. */
final class Encodings {
    private static final int PEM_LINE = 70;

    private Encodings() {}

    /**
     * The next string of RFC 4251: a length, and so many bytes.
     *
     * @throws BufferUnderflowException when there are fewer
     */
    static byte[] string(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] string = new byte[length];
        from.get(string);
        return string;
    }

    /** Writes such a string. */
    static void putString(ByteBuffer to, byte[] content) {
        to.putInt(content.length).put(content);
    }

    /** The file that holds this under that label, for which it may be a secret: no other copy is left. */
    static byte[] pem(String label, byte[] content) {
        byte[] body = Base64.getMimeEncoder(PEM_LINE, ascii("\n")).encode(content);
        byte[] begin = ascii("-----BEGIN " + label + "-----\n");
        byte[] end = ascii("\n-----END " + label + "-----\n");
        byte[] file = new byte[begin.length + body.length + end.length];
        ByteBuffer.wrap(file).put(begin).put(body).put(end);
        Secrets.wipe(body);
        return file;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
