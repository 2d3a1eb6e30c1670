package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.IOException;

/** Lets a jump host connect: the connection is a channel of its session. */
final class JumpDialler implements Dialler {
    private final Hop jumpHost;
    private final Endpoint.Tcp target;
    private final Phases phases;
    private final Runnable progressed;

    /** @param progressed see {@link ChannelCarrier} */
    JumpDialler(Hop jumpHost, Endpoint.Tcp target, Phases phases, Runnable progressed) {
        this.jumpHost = jumpHost;
        this.target = target;
        this.phases = phases;
        this.progressed = progressed;
    }

    @Override
    public Carrier dial(Gate gate) throws IOException {
        phases.enter(StartPhase.CONNECT);
        ChannelCarrier carrier = new ChannelCarrier(jumpHost.link(), progressed);
        gate.pass(carrier);
        try {
            carrier.connect(target);
        } catch (ChannelException e) {
            throw failure(e);
        }
        return carrier;
    }

    private StartFailure failure(ChannelException e) {
        TunnelException lost = e.kind() == ChannelException.Kind.LINK_DOWN ? jumpHost.awaitEnd() : null;
        if (lost != null) {
            return new StartFailure(lost.reason(), lost.detail(), lost);
        }
        FailureReason reason =
                e.kind() == ChannelException.Kind.TIMED_OUT ? FailureReason.CONNECT_TIMEOUT : FailureReason.UNREACHABLE;
        return new StartFailure(reason, String.valueOf(e.getMessage()), e);
    }

    @Override
    public String host() {
        return target.host();
    }

    @Override
    public String tell(String what) {
        return jumpHost.name() + " is asked to connect to " + target + ": " + what;
    }
}
