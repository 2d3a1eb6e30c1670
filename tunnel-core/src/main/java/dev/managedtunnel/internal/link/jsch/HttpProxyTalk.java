package dev.managedtunnel.internal.link.jsch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.managedtunnel.FailureReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks an HTTP proxy to connect: RFC 9110, 9.3.6, with Basic authentication, RFC 7617. For one thread. */
final class HttpProxyTalk {
    private static final String PROTOCOL = "HTTP/";
    private static final Pattern STATUS = Pattern.compile("HTTP/\\d(?:\\.\\d)? (\\d{3})(?: .*)?");
    private static final String CHALLENGE = "proxy-authenticate:";
    private static final int LONGEST_ANSWER = 16 * 1024;
    private static final int LOGIN_REQUIRED = 407;
    private static final int GATEWAY_TIMEOUT = 504;
    private static final int BAD_GATEWAY = 502;
    private static final int UNAVAILABLE = 503;

    private final ProxyTalk talk;
    private int received;

    HttpProxyTalk(ProxyTalk talk) {
        this.talk = talk;
    }

    /** Returns when the proxy has connected. */
    void connect() throws IOException {
        talk.send(request());
        String status = statusLine();
        List<String> challenges = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            if (line.toLowerCase(Locale.ROOT).startsWith(CHALLENGE)) {
                challenges.add(line.substring(CHALLENGE.length()).strip().replaceFirst("[ ,].*", ""));
            }
        }
        Matcher matcher = STATUS.matcher(status);
        if (!matcher.matches()) {
            throw noHttp(status);
        }
        int code = Integer.parseInt(matcher.group(1));
        if (code / 100 != 2) {
            throw refusal(code, "'" + Text.oneLine(status) + "'", challenges);
        }
    }

    private byte[] request() {
        String start = "CONNECT " + talk.target() + " HTTP/1.1\r\nHost: " + talk.target() + "\r\n";
        String user = talk.user();
        if (user == null) {
            return (start + "\r\n").getBytes(UTF_8);
        }
        byte[] head = (start + "Proxy-Authorization: Basic ").getBytes(UTF_8);
        byte[] name = (user + ":").getBytes(UTF_8);
        byte[] password = talk.password();
        byte[] login = ByteBuffer.allocate(name.length + password.length)
                .put(name)
                .put(password)
                .array();
        byte[] encoded = Base64.getEncoder().encode(login);
        byte[] end = "\r\n\r\n".getBytes(US_ASCII);
        byte[] request = ByteBuffer.allocate(head.length + encoded.length + end.length)
                .put(head)
                .put(encoded)
                .put(end)
                .array();
        Secrets.wipe(password);
        Secrets.wipe(login);
        Secrets.wipe(encoded);
        return request;
    }

    /** Who speaks another protocol may never end a line. */
    private String statusLine() throws IOException {
        StringBuilder begin = new StringBuilder();
        while (begin.length() < PROTOCOL.length()) {
            begin.append((char) talk.read());
            if (!PROTOCOL.startsWith(begin.toString())) {
                throw noHttp(begin.toString());
            }
        }
        return begin + line();
    }

    private StartFailure noHttp(String text) {
        return talk.failure(
                FailureReason.UNREACHABLE, "it is no HTTP proxy, its answer begins with '" + Text.oneLine(text) + "'");
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = talk.read();
        while (next != '\n') {
            if (++received > LONGEST_ANSWER) {
                throw talk.failure(FailureReason.UNREACHABLE, "its answer is longer than " + LONGEST_ANSWER + " bytes");
            }
            line.write(next);
            next = talk.read();
        }
        String text = line.toString(ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private StartFailure refusal(int code, String status, List<String> challenges) {
        return switch (code) {
            case LOGIN_REQUIRED -> talk.failure(FailureReason.AUTH_REJECTED, loginRefused(status, challenges));
            case GATEWAY_TIMEOUT ->
                talk.failure(
                        FailureReason.CONNECT_TIMEOUT,
                        "it got no answer from " + talk.target() + ", and says " + status);
            case BAD_GATEWAY, UNAVAILABLE ->
                talk.failure(FailureReason.UNREACHABLE, "it did not reach " + talk.target() + ", and says " + status);
            default ->
                talk.failure(FailureReason.UNREACHABLE, "it did not allow " + talk.target() + ", and says " + status);
        };
    }

    private String loginRefused(String status, List<String> challenges) {
        String user = talk.user();
        String what = user == null
                ? "it wants a login, set it with Proxy.credentials; it says "
                : "it refused the user '" + user + "' or the password; it says ";
        boolean basic = challenges.isEmpty() || challenges.stream().anyMatch("basic"::equalsIgnoreCase);
        return what
                + status
                + (basic ? "" : ", and takes only " + Text.oneLine(String.join(", ", challenges)) + ", not Basic");
    }
}
