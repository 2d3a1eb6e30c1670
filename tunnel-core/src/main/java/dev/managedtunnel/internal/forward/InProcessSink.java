package dev.managedtunnel.internal.forward;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/** From the target to the application: what comes waits in an {@link Inbox} for the application's threads. */
final class InProcessSink extends Attempt {
    private final InProcessClient client;

    InProcessSink(InProcessClient client, LongAdder bytesIn, long mostQueued, Runnable changed) {
        super(bytesIn, mostQueued, changed);
        this.client = client;
    }

    @Override
    void take(ByteBuffer bytes) {
        var unused = overflows(client.inbox().received(bytes));
    }

    @Override
    void targetHasEnded() {
        if (!isAbandoned()) {
            client.inbox().targetEnded();
        }
    }

    @Override
    public void writable() {
        client.outbox().roomMade();
    }
}
