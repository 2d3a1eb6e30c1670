package dev.managedtunnel;

import java.io.IOException;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * What a {@link Probe.Check} has in hand: connections through the session that is being probed, and through no other. They
 * are never parked, appear in no forward's figures, and are closed when the check is over. Thread-safe; of use until then.
 */
public interface ProbeContext {
    /** The tunnel's name. */
    String tunnel();

    /**
     * Connects to a target as the gateway sees it.
     *
     * @throws java.net.ConnectException when it can't be reached, with the reason
     * @throws java.net.SocketException when the check's time is over, or the session is lost
     */
    Socket connect(Endpoint target) throws IOException;

    /**
     * Sockets that connect to what they are asked to, as the gateway sees it. A name that was not looked up yet is left to
     * the gateway, so give it as it is: {@code createSocket("db.internal", 5432)}.
     */
    SocketFactory socketFactory();

    /**
     * A place at the gateway from where what is sent comes back through a remote forward of this session. The gateway is
     * asked to listen there when it is first needed.
     *
     * @throws IOException when it does not, with the reason
     * @throws InterruptedException when the check's time is over while it is asked
     */
    Endpoint echoLoop() throws IOException, InterruptedException;
}
