package dev.managedtunnel.testing;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A JSch session without anything of ours, for tests of the fixtures themselves and for the comparison "fails on a plain
 * JSch tunnel".
 */
final class PlainJsch implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 10_000;

    private final Session session;

    private PlainJsch(Session session) {
        this.session = session;
    }

    /** Logs in with the server's own client key. */
    static PlainJsch login(SshServer server) throws JSchException {
        return login(server, server.privateKey(), null);
    }

    /** Logs in with a key. */
    static PlainJsch login(SshServer server, Path privateKey, @Nullable String passphrase) throws JSchException {
        return login(server, privateKey, passphrase, TIMEOUT_MILLIS);
    }

    /** Logs in with a key within a limit. */
    static PlainJsch login(SshServer server, Path privateKey, @Nullable String passphrase, int timeoutMillis)
            throws JSchException {
        JSch jsch = jsch(server);
        jsch.addIdentity(
                privateKey.toString(), passphrase == null ? null : passphrase.getBytes(StandardCharsets.UTF_8));
        return connect(
                server, jsch.getSession(server.user(), server.host(), server.port()), "publickey", timeoutMillis);
    }

    /** Logs in with a key and its certificate. */
    static PlainJsch loginWithCertificate(SshServer server, Path privateKey, Path certificate) throws JSchException {
        JSch jsch = jsch(server);
        jsch.addIdentity(privateKey.toString(), certificate.toString(), null);
        return connect(
                server, jsch.getSession(server.user(), server.host(), server.port()), "publickey", TIMEOUT_MILLIS);
    }

    /** Logs in with a password by one authentication method. */
    static PlainJsch login(SshServer server, String password, String method) throws JSchException {
        Session session = jsch(server).getSession(server.user(), server.host(), server.port());
        session.setPassword(password.getBytes(StandardCharsets.UTF_8));
        return connect(server, session, method, TIMEOUT_MILLIS);
    }

    private static JSch jsch(SshServer server) throws JSchException {
        JSch jsch = new JSch();
        String lines = String.join("\n", server.hostKeyLines()) + "\n";
        jsch.setKnownHosts(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        return jsch;
    }

    private static PlainJsch connect(SshServer server, Session session, String methods, int timeoutMillis)
            throws JSchException {
        session.setDaemonThread(true);
        session.setConfig("PreferredAuthentications", methods);
        try {
            session.connect(timeoutMillis);
            return new PlainJsch(session);
        } catch (JSchException e) {
            session.disconnect();
            throw new JSchException(e.getMessage() + "; " + server.diagnostics(), e);
        }
    }

    Session session() {
        return session;
    }

    /** Forwards a free port to a target. */
    int forward(String host, int port) throws JSchException {
        return session.setPortForwardingL("127.0.0.1", 0, host, port);
    }

    /** Sends a line through a forwarded port and tells whether it comes back. */
    static boolean echoes(int port, String line, Duration limit) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout((int) limit.toMillis());
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readNBytes(bytes.length), StandardCharsets.UTF_8)
                    .equals(line + "\n");
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the session has noticed its end. */
    void awaitLost(Duration limit) {
        Poll.until(limit, () -> "the session still counts as connected", () -> !session.isConnected());
    }

    @Override
    public void close() {
        session.disconnect();
    }
}
