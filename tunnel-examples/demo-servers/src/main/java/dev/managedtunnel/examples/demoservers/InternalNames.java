package dev.managedtunnel.examples.demoservers;

import java.io.IOException;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.forward.DirectTcpipFactory;
import org.apache.sshd.server.forward.TcpipServerChannel;

/** The SSH server's name service: {@code db.internal:5432} is the database, every other name what it is elsewhere. */
final class InternalNames extends DirectTcpipFactory {
    private static final String DATABASE = "db.internal";
    private static final int DATABASE_PORT = 5432;

    private final int realPort;

    InternalNames(int realPort) {
        this.realPort = realPort;
    }

    @Override
    public Channel createChannel(Session session) throws IOException {
        return new TcpipServerChannel(getType(), getExecutorService()) {
            @Override
            protected OpenFuture doInit(Buffer request) {
                String host = request.getString();
                int port = request.getInt();
                boolean database = host.equals(DATABASE) && port == DATABASE_PORT;
                Buffer real = new ByteArrayBuffer();
                real.putString(database ? "127.0.0.1" : host);
                real.putInt(database ? realPort : port);
                real.putBuffer(request);
                return super.doInit(real);
            }
        };
    }
}
