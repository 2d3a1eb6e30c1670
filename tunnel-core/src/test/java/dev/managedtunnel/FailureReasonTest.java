package dev.managedtunnel;

import static dev.managedtunnel.FailureReason.AUTH_REJECTED;
import static dev.managedtunnel.FailureReason.HOST_KEY_CHANGED;
import static dev.managedtunnel.FailureReason.HOST_KEY_REVOKED;
import static dev.managedtunnel.FailureReason.HOST_KEY_UNKNOWN;
import static dev.managedtunnel.FailureReason.KEY_UNREADABLE;
import static dev.managedtunnel.FailureReason.LISTEN_FAILED;
import static dev.managedtunnel.FailureReason.NO_COMMON_ALGORITHM;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureReasonTest {
    @ParameterizedTest
    @EnumSource
    void eachHasARemedyOfOneLine(FailureReason reason) {
        assertThat(reason.remedy()).isNotBlank().doesNotContain("\n").doesNotEndWith(".");
        assertThat(reason.remedy()).isEqualTo(reason.remedy().strip());
    }

    @Test
    void permanentAreThoseThatNoRetryMends() {
        assertThat(FailureReason.values())
                .filteredOn(FailureReason::isPermanent)
                .containsExactlyInAnyOrder(
                        NO_COMMON_ALGORITHM,
                        HOST_KEY_UNKNOWN,
                        HOST_KEY_CHANGED,
                        HOST_KEY_REVOKED,
                        AUTH_REJECTED,
                        KEY_UNREADABLE,
                        LISTEN_FAILED);
    }

    /** Dashboards and alerts match on these: a change here breaks users. */
    @Test
    void theTagsAreStable() {
        assertThat(Arrays.stream(FailureReason.values()).map(FailureReason::tag))
                .containsExactlyInAnyOrder(
                        "unknown_host",
                        "connect_refused",
                        "connect_timeout",
                        "unreachable",
                        "not_ssh",
                        "kex_failed",
                        "no_common_algorithm",
                        "host_key_unknown",
                        "host_key_changed",
                        "host_key_revoked",
                        "auth_rejected",
                        "key_unreadable",
                        "listen_failed",
                        "remote_listen_refused",
                        "disconnected",
                        "connection_lost",
                        "keepalive_timeout",
                        "probe_failed",
                        "closed");
    }

    /** Dashboards and alerts match on these: a change here breaks users. */
    @Test
    void theTagsOfOutcomesAreStable() {
        assertThat(Arrays.stream(ConnectionOutcome.values()).map(ConnectionOutcome::tag))
                .containsExactlyInAnyOrder(
                        "served",
                        "broken",
                        "target_refused",
                        "target_timeout",
                        "parking_full",
                        "parking_expired",
                        "client_left",
                        "client_refused",
                        "tunnel_down");
    }

    @Test
    void theTagsDoNotDependOnTheLanguageOfTheMachine() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr"));
            assertThat(FailureReason.DISCONNECTED.tag()).isEqualTo("disconnected");
            assertThat(ConnectionOutcome.PARKING_EXPIRED.tag()).isEqualTo("parking_expired");
        } finally {
            Locale.setDefault(before);
        }
    }
}
