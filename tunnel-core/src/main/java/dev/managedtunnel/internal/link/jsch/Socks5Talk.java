package dev.managedtunnel.internal.link.jsch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.managedtunnel.FailureReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks a SOCKS5 proxy to connect: RFC 1928, with a user name and password, RFC 1929. For one thread. */
final class Socks5Talk {
    private static final int VERSION = 5;
    private static final int NO_LOGIN = 0;
    private static final int PASSWORD_LOGIN = 2;
    private static final int LOGIN_VERSION = 1;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;
    private static final int LONGEST_TEXT = 255;
    private static final Pattern IPV4_ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private final ProxyTalk talk;

    Socks5Talk(ProxyTalk talk) {
        this.talk = talk;
    }

    /** Returns when the proxy has connected. */
    void connect() throws IOException {
        String user = talk.user();
        talk.send(user == null ? bytes(VERSION, 1, NO_LOGIN) : bytes(VERSION, 2, NO_LOGIN, PASSWORD_LOGIN));
        expectVersion();
        int method = talk.read();
        if (method == PASSWORD_LOGIN && user != null) {
            logIn(user);
        } else if (method != NO_LOGIN) {
            throw talk.failure(
                    FailureReason.AUTH_REJECTED,
                    user == null
                            ? "it wants a login, set it with Proxy.credentials"
                            : "it takes no login by user name and password");
        }
        talk.send(request());
        expectVersion();
        int reply = talk.read();
        if (reply != 0) {
            throw refusal(reply);
        }
        talk.read();
        skipAddress();
    }

    private void expectVersion() throws IOException {
        int version = talk.read();
        if (version != VERSION) {
            throw talk.failure(
                    FailureReason.UNREACHABLE,
                    "it is no SOCKS5 proxy, its answer begins with the byte " + version + " instead of " + VERSION);
        }
    }

    private void logIn(String user) throws IOException {
        byte[] name = user.getBytes(UTF_8);
        byte[] password = talk.password();
        if (password.length > LONGEST_TEXT) {
            Secrets.wipe(password);
            throw talk.failure(
                    FailureReason.AUTH_REJECTED,
                    "its password is longer than the " + LONGEST_TEXT + " bytes of SOCKS5");
        }
        byte[] login = ByteBuffer.allocate(3 + name.length + password.length)
                .put((byte) LOGIN_VERSION)
                .put((byte) name.length)
                .put(name)
                .put((byte) password.length)
                .put(password)
                .array();
        Secrets.wipe(password);
        talk.send(login);
        talk.read();
        if (talk.read() != 0) {
            throw talk.failure(FailureReason.AUTH_REJECTED, "it refused the user '" + user + "' or the password");
        }
    }

    /** A name is for the proxy to look up. */
    private byte[] request() throws IOException {
        String host = talk.target().host();
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(bytes(VERSION, CONNECT, 0));
        byte[] address = address(host);
        if (address != null) {
            request.write(address.length == 4 ? IPV4 : IPV6);
            request.writeBytes(address);
        } else {
            byte[] name = host.getBytes(UTF_8);
            if (name.length > LONGEST_TEXT) {
                throw talk.failure(
                        FailureReason.UNKNOWN_HOST,
                        host + " is longer than the " + LONGEST_TEXT + " bytes of a name in SOCKS5");
            }
            request.writeBytes(bytes(NAME, name.length));
            request.writeBytes(name);
        }
        int port = talk.target().port();
        request.writeBytes(bytes(port >>> 8, port));
        return request.toByteArray();
    }

    /** Null for a name. Nothing is looked up for an address. */
    private static byte @Nullable [] address(String host) throws IOException {
        boolean isAddress = host.indexOf(':') >= 0 || IPV4_ADDRESS.matcher(host).matches();
        return isAddress ? InetAddress.getByName(host).getAddress() : null;
    }

    private void skipAddress() throws IOException {
        int length = switch (talk.read()) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> talk.read();
            default ->
                throw talk.failure(
                        FailureReason.UNREACHABLE, "its answer holds an address of a kind that SOCKS5 lacks");
        };
        for (int i = 0; i < length + 2; i++) {
            talk.read();
        }
    }

    private StartFailure refusal(int reply) {
        FailureReason reason = switch (reply) {
            case 5 -> FailureReason.CONNECT_REFUSED;
            case 6 -> FailureReason.CONNECT_TIMEOUT;
            default -> FailureReason.UNREACHABLE;
        };
        String what = switch (reply) {
            case 2 -> "it did not allow ";
            case 7, 8 -> "it did not connect to ";
            default -> "it did not reach ";
        };
        return talk.failure(reason, what + talk.target() + " (" + meaning(reply) + ")");
    }

    private static String meaning(int reply) {
        return switch (reply) {
            case 1 -> "general failure";
            case 2 -> "not allowed by its rules";
            case 3 -> "network unreachable";
            case 4 -> "host unreachable";
            case 5 -> "connection refused";
            case 6 -> "time to live expired";
            case 7 -> "command not supported";
            case 8 -> "kind of address not supported";
            default -> "code " + reply;
        };
    }

    private static byte[] bytes(int... values) {
        byte[] all = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            all[i] = (byte) values[i];
        }
        return all;
    }
}
