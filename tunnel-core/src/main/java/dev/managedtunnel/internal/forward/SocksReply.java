package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.link.ChannelException;
import java.nio.ByteBuffer;

/** What a SOCKS client may be told of its request, by the codes of RFC 1928. SOCKS4 knows yes and no only. */
enum SocksReply {
    GRANTED(0),
    /** No session came in time, parking was full, or the tunnel ends. */
    FAILURE(1),
    /** The gateway forbids it: AllowTcpForwarding, PermitOpen. */
    NOT_ALLOWED(2),
    /** The gateway could not connect. It says why, but JSch keeps only that it failed; this is the usual reason. */
    REFUSED(5),
    TIMED_OUT(6),
    COMMAND_NOT_SUPPORTED(7),
    ADDRESS_TYPE_NOT_SUPPORTED(8);

    private static final byte GRANTED_4 = 90;
    private static final byte REJECTED_4 = 91;
    private static final byte IPV4 = 1;

    private final byte code;

    SocksReply(int code) {
        this.code = (byte) code;
    }

    /** For a connection that never got its channel, by how it ended. */
    static SocksReply to(ConnectionOutcome outcome) {
        return switch (outcome) {
            case TARGET_REFUSED -> REFUSED;
            case TARGET_TIMEOUT -> TIMED_OUT;
            default -> FAILURE;
        };
    }

    /** For a gateway that would not or could not reach the target. */
    static SocksReply to(ChannelException.Kind kind) {
        return kind == ChannelException.Kind.PROHIBITED ? NOT_ALLOWED : REFUSED;
    }

    /** The whole reply in version 4 or 5, with address and port 0, as OpenSSH's. */
    ByteBuffer in(int version) {
        byte[] bytes = switch (version) {
            case 4 -> new byte[] {0, this == GRANTED ? GRANTED_4 : REJECTED_4, 0, 0, 0, 0, 0, 0};
            default -> new byte[] {5, code, 0, IPV4, 0, 0, 0, 0, 0, 0};
        };
        return ByteBuffer.wrap(bytes);
    }
}
