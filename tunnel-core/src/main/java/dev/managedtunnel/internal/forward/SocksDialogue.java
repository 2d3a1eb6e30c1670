package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client says by SOCKS before it has a target, and what it is answered: CONNECT in SOCKS5 (RFC 1928) without
 * authentication, SOCKS4 and 4a. Bytes may come in any pieces. Names stay names, for the gateway to look up. It knows no
 * socket. Not thread-safe.
 */
final class SocksDialogue {
    /** More than any client needs: both messages of SOCKS5 at their longest, or SOCKS4a with a long user name. */
    static final int MOST = 1024;

    private static final int CONNECT = 1;
    private static final int NO_AUTHENTICATION = 0;
    private static final byte NO_METHOD = (byte) 0xFF;
    private static final int TLS_HANDSHAKE = 0x16;

    private final ByteBuffer received = ByteBuffer.allocate(MOST);
    /** Where the message begins that is being received. */
    private int begin;

    private boolean greeted;

    /** What is to be done next. */
    sealed interface Step {
        /** Wait for more bytes. */
        record More() implements Step {}

        /** Tell the client this, and ask again. */
        record Say(ByteBuffer answer) implements Step {}

        /**
         * Connect it; nothing was answered yet.
         *
         * @param version the SOCKS version to answer in
         * @param early what it has said to its target already
         */
        record Connect(int version, Endpoint target, ByteBuffer early) implements Step {}

        /**
         * Turn it away.
         *
         * @param answer what to tell it before; empty for one that would not understand
         * @param why for people
         */
        record Refuse(ByteBuffer answer, String why) implements Step {}
    }

    /** What the client sends is to be put here; there is room as long as {@link #next} waits for more. */
    ByteBuffer room() {
        return received;
    }

    /** Looks at what has come. */
    Step next() {
        ByteBuffer in = received.duplicate().flip().position(begin);
        try {
            Step step = read(in);
            begin = in.position();
            return step;
        } catch (BufferUnderflowException incomplete) {
            return received.hasRemaining()
                    ? new Step.More()
                    : refuse("the client asked for nothing in its first " + MOST + " bytes");
        }
    }

    private Step read(ByteBuffer in) {
        int version = unsigned(in);
        if (version == 5) {
            return greeted ? request5(in) : methods(in);
        }
        return version == 4 && !greeted ? request4(in) : refuse(noSocks(version));
    }

    private static String noSocks(int first) {
        if (first >= 'A' && first <= 'Z') {
            return "the client speaks no SOCKS but, it seems, HTTP; tell it that this is a SOCKS5 proxy (socks5h://)";
        }
        return first == TLS_HANDSHAKE
                ? "the client speaks no SOCKS but TLS; tell it that this is a SOCKS5 proxy, reached in plain text"
                : "the client speaks neither SOCKS5 nor SOCKS4: it began with the byte " + first;
    }

    private Step methods(ByteBuffer in) {
        List<Integer> offered = new ArrayList<>();
        for (int left = unsigned(in); left > 0; left--) {
            offered.add(unsigned(in));
        }
        if (offered.contains(NO_AUTHENTICATION)) {
            greeted = true;
            return new Step.Say(ByteBuffer.wrap(new byte[] {5, NO_AUTHENTICATION}));
        }
        return new Step.Refuse(
                ByteBuffer.wrap(new byte[] {5, NO_METHOD}),
                "the client insists on authentication (SOCKS5 methods " + offered + "), and there is none");
    }

    private static Step request5(ByteBuffer in) {
        int command = unsigned(in);
        unsigned(in);
        int type = unsigned(in);
        if (command != CONNECT) {
            return refuse5(SocksReply.COMMAND_NOT_SUPPORTED, otherCommand(command));
        }
        byte[] host;
        switch (type) {
            case 1 -> host = bytes(in, 4);
            case 3 -> host = bytes(in, unsigned(in));
            case 4 -> host = bytes(in, 16);
            default -> {
                return refuse5(
                        SocksReply.ADDRESS_TYPE_NOT_SUPPORTED,
                        "the client asked for a target by address type " + type + ", which SOCKS5 does not have");
            }
        }
        int port = Short.toUnsignedInt(in.getShort());
        return connect(5, type == 3 ? name(host) : literal(host), port, in);
    }

    private static Step request4(ByteBuffer in) {
        int command = unsigned(in);
        int port = Short.toUnsignedInt(in.getShort());
        byte[] address = bytes(in, 4);
        // A user name, which anybody can make up.
        untilZero(in);
        // 0.0.0.x: SOCKS4a, a name follows.
        boolean named = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
        String host = named ? name(untilZero(in)) : literal(address);
        return command == CONNECT
                ? connect(4, host, port, in)
                : new Step.Refuse(SocksReply.COMMAND_NOT_SUPPORTED.in(4), otherCommand(command));
    }

    private static Step connect(int version, String host, int port, ByteBuffer in) {
        try {
            Endpoint target = Endpoint.requireTarget(Endpoint.tcp(host, port));
            ByteBuffer early = in.slice();
            in.position(in.limit());
            return new Step.Connect(version, target, early);
        } catch (IllegalArgumentException noTarget) {
            return new Step.Refuse(
                    SocksReply.FAILURE.in(version), "the client asked for no target: " + noTarget.getMessage());
        }
    }

    private static String otherCommand(int command) {
        return "the client asked for SOCKS command " + command
                + (command == 2 ? ", BIND" : command == 3 ? ", UDP ASSOCIATE" : "")
                + "; only CONNECT (1) is supported";
    }

    private static Step refuse(String why) {
        return new Step.Refuse(ByteBuffer.allocate(0), why);
    }

    private static Step refuse5(SocksReply reply, String why) {
        return new Step.Refuse(reply.in(5), why);
    }

    private static int unsigned(ByteBuffer in) {
        return Byte.toUnsignedInt(in.get());
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static byte[] untilZero(ByteBuffer in) {
        int start = in.position();
        while (in.get() != 0) {
            // the next one
        }
        int length = in.position() - 1 - start;
        byte[] bytes = bytes(in.position(start), length);
        in.get();
        return bytes;
    }

    private static String name(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException noText) {
            // Refused as a host; better than to ask for another one.
            return "";
        }
    }

    /** As people and sshd's PermitOpen write it: IPv6 with its longest row of zeros left out. */
    static String literal(byte[] bytes) {
        String text;
        try {
            text = InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException neither) {
            throw new IllegalArgumentException(neither);
        }
        for (int more = 7; more > 0 && bytes.length > 4; more--) {
            String shorter = text.replaceFirst("(^|:)0(:0){" + more + "}(:|$)", "::");
            if (!shorter.equals(text)) {
                return shorter;
            }
        }
        return text;
    }
}
