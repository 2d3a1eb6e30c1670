package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class StartsTest {
    @Test
    void whatAStartFailsWithIsFoundBehindItsFuture() {
        TunnelException why = new TunnelException(FailureReason.UNREACHABLE, "no route", null);
        assertThat(Starts.asTunnelException(why)).isSameAs(why);
        assertThat(Starts.asTunnelException(new CompletionException(why))).isSameAs(why);
    }

    @Test
    void anExceptionOfOursIsALostConnectionThatNamesIt() {
        RuntimeException bug = new IllegalStateException("a bug", new TunnelException(FailureReason.CLOSED, "x", null));
        assertThat(Starts.asTunnelException(bug))
                .returns(FailureReason.CONNECTION_LOST, TunnelException::reason)
                .hasCause(bug)
                .hasMessageContaining("a bug");
        assertThat(Starts.asTunnelException(new CompletionException("empty", null)))
                .hasMessageContaining("empty");
    }
}
