package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TunnelExceptionTest {
    @Test
    void saysWhatFailedWhatToDoAndEndsWithTheReason() {
        IOException cause = new ConnectException("Connection refused");
        TunnelException failure =
                new TunnelException(FailureReason.CONNECT_REFUSED, "bastion:22 refused the connection", cause);
        assertThat(failure)
                .hasMessage("bastion:22 refused the connection; check that the SSH server runs and listens on that port"
                        + " [CONNECT_REFUSED]")
                .hasCause(cause);
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_REFUSED);
        assertThat(failure.detail()).isEqualTo("bastion:22 refused the connection");
    }

    @Test
    void thrownAgainItSaysTheSameAndKeepsTheFirstAsItsCause() {
        TunnelException first = new TunnelException(FailureReason.NOT_SSH, "no SSH server at bastion:80", null);
        TunnelException again = new TunnelException(first);
        assertThat(again).hasMessage(first.getMessage()).hasCause(first);
        assertThat(again.reason()).isEqualTo(FailureReason.NOT_SSH);
        assertThat(again.detail()).isEqualTo(first.detail());
    }

    /** Tools match on the end of the text. */
    @ParameterizedTest
    @EnumSource
    void theReasonInBracketsEndsEachText(FailureReason reason) {
        assertThat(new TunnelException(reason, "it failed", null))
                .hasMessage("it failed; " + reason.remedy() + " [" + reason.name() + "]")
                .hasNoCause();
    }

    @Test
    void survivesSerialisationAsExceptionsMust() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new TunnelException(FailureReason.NOT_SSH, "it failed", null));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            TunnelException read = (TunnelException) in.readObject();
            assertThat(read.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(read).hasMessageEndingWith("[NOT_SSH]");
        }
    }
}
