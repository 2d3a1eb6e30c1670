package dev.managedtunnel.testing;

import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.JSchException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Channels of JSch without anything of ours, to learn what they alone cost. Their target is a listener that never
 * accepts, so that it costs nothing in this JVM.
 */
public final class PlainChannels implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int BACKLOG = 2000;

    private final PlainJsch jsch;
    private final ServerSocketChannel target;
    private final List<ChannelDirectTCPIP> channels = new ArrayList<>();

    private PlainChannels(PlainJsch jsch, ServerSocketChannel target) {
        this.jsch = jsch;
        this.target = target;
    }

    /** Logs in. */
    public static PlainChannels login(SshServer server) throws JSchException, IOException {
        ServerSocketChannel target = ServerSocketChannel.open();
        target.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePorts.next()), BACKLOG);
        return new PlainChannels(PlainJsch.login(server), target);
    }

    /** Opens so many more channels and sends some bytes through each. */
    public void open(int more) {
        try {
            for (int i = 0; i < more; i++) {
                ChannelDirectTCPIP channel = (ChannelDirectTCPIP) jsch.session().openChannel("direct-tcpip");
                channel.setHost("127.0.0.1");
                channel.setPort(target.socket().getLocalPort());
                channel.setOutputStream(OutputStream.nullOutputStream());
                channel.connect(TIMEOUT_MILLIS);
                OutputStream out = channel.getOutputStream();
                out.write(new byte[100]);
                out.flush();
                channels.add(channel);
            }
        } catch (JSchException e) {
            throw new IllegalStateException("No channel after " + channels.size(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        jsch.close();
        target.close();
    }
}
