package dev.managedtunnel.examples.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The alert rules as they are; how they fire is seen by {@code PrometheusIT}. */
@Timeout(60)
class RulesIT {
    private final String rules;

    RulesIT() throws IOException {
        rules = Files.readString(Dashboard.HOME.resolve("prometheus-rules.yml"));
    }

    @Test
    void prometheusFindsNoFaultAndTheDurationsAreThoseThatTheTestsExpect() throws Exception {
        String promtool = Programs.find("promtool");
        assertThat(Programs.run(Dashboard.HOME, promtool, "check", "rules", "prometheus-rules.yml"))
                .contains("SUCCESS: 9 rules found");
        assertThat(Programs.run(Dashboard.HOME, promtool, "test", "rules", "prometheus-rules-test.yml"))
                .contains("SUCCESS");
    }

    @Test
    void theRunbookHasTheRemedyOfEachReason() {
        for (FailureReason reason : FailureReason.values()) {
            assertThat(rules).contains("if eq $reason \"" + reason.tag() + "\" }}" + reason.remedy() + "\n");
        }
    }

    @Test
    void permanentFailuresAreThoseThatTheLibraryCallsPermanent() {
        String permanent = Arrays.stream(FailureReason.values())
                .filter(FailureReason::isPermanent)
                .map(FailureReason::tag)
                .collect(Collectors.joining("|"));
        assertThat(rules).contains("tunnel_last_failure{reason=~\"" + permanent + "\"}");
    }
}
