package dev.managedtunnel.testing;

import dev.managedtunnel.testing.MinaServer.Moment;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;
import org.jspecify.annotations.Nullable;

/** Makes the sessions of a {@link MinaServer}, which look at each message before MINA does. */
final class OddSessions extends SessionFactory {

    /** What to do with a message, or with a connection before its first; tells whether MINA handles it as well. */
    @FunctionalInterface
    private interface Oddity {
        boolean proceed(OddSession session, Buffer message) throws IOException;
    }

    private final Map<Moment, Oddity> oddities = new ConcurrentHashMap<>();

    OddSessions(SshServer mina) {
        super(mina);
    }

    @Override
    protected ServerSessionImpl doCreateSession(IoSession ioSession) throws Exception {
        return new OddSession(ioSession);
    }

    void hangAt(Moment moment) {
        oddities.put(moment, (session, message) -> {
            session.deaf = moment.compareTo(Moment.AUTH) <= 0;
            return false;
        });
    }

    void cutAt(Moment moment) {
        oddities.put(moment, (session, message) -> {
            session.close(true);
            return false;
        });
    }

    void disconnectAt(Moment moment, int code, String text) {
        oddities.put(moment, (session, message) -> {
            disconnect(session, code, text);
            return false;
        });
    }

    void refuseTargets(int reasonCode, String text) {
        oddities.put(Moment.CHANNEL_OPEN, (session, message) -> {
            int start = message.rpos();
            message.getUByte();
            String type = message.getString();
            int channel = message.getInt();
            message.rpos(start);
            if (!"direct-tcpip".equals(type)) {
                return true;
            }
            Buffer answer = session.createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE);
            answer.putInt(channel);
            answer.putInt(reasonCode);
            answer.putString(text);
            answer.putString("");
            session.writePacket(answer);
            return false;
        });
    }

    void behave() {
        oddities.clear();
    }

    /** Written here since MINA replaces the text for some codes. */
    static void disconnect(Session session, int code, String text) throws IOException {
        Buffer message = session.createBuffer(SshConstants.SSH_MSG_DISCONNECT);
        message.putInt(code);
        message.putString(text);
        message.putString("");
        session.writePacket(message).addListener(written -> session.close(true));
    }

    private static @Nullable Moment momentOf(int message) {
        if (message >= SshConstants.SSH_MSG_KEX_FIRST && message <= SshConstants.SSH_MSG_KEX_LAST) {
            return Moment.KEX;
        }
        return switch (message) {
            case SshConstants.SSH_MSG_USERAUTH_REQUEST -> Moment.AUTH;
            case SshConstants.SSH_MSG_GLOBAL_REQUEST -> Moment.GLOBAL_REQUEST;
            case SshConstants.SSH_MSG_CHANNEL_OPEN -> Moment.CHANNEL_OPEN;
            case SshConstants.SSH_MSG_CHANNEL_DATA -> Moment.CHANNEL_DATA;
            default -> null;
        };
    }

    private final class OddSession extends ServerSessionImpl {
        private volatile boolean deaf;

        OddSession(IoSession ioSession) throws Exception {
            super(getServer(), ioSession);
        }

        @Override
        public void start() throws Exception {
            if (proceed(Moment.BANNER, new ByteArrayBuffer())) {
                super.start();
            }
        }

        @Override
        public void messageReceived(Readable buffer) throws Exception {
            if (!deaf) {
                super.messageReceived(buffer);
            }
        }

        @Override
        protected void handleMessage(Buffer message) throws Exception {
            Moment moment = momentOf(message.array()[message.rpos()] & 0xFF);
            if (moment == null || proceed(moment, message)) {
                super.handleMessage(message);
            }
        }

        private boolean proceed(Moment moment, Buffer message) throws IOException {
            Oddity oddity = oddities.get(moment);
            return oddity == null || oddity.proceed(this, message);
        }
    }
}
