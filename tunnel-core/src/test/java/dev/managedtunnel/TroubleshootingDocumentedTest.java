package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.DocPage;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/troubleshooting.md knows every failure and every outcome, and says of them what the code says. */
class TroubleshootingDocumentedTest {
    private static final DocPage PAGE = DocPage.of("troubleshooting.md");

    @ParameterizedTest
    @EnumSource
    void eachReasonHasASection(FailureReason reason) {
        String section = PAGE.section("`" + reason + "`");

        assertThat(section)
                .contains("; " + reason.remedy() + " [" + reason + "]\n```")
                .contains("- **Means**: ", "- **Check**: ", "- **Do**: ", "- **Retried**: ");
        assertThat(section.contains("*permanent*")).isEqualTo(reason.isPermanent());
    }

    @Test
    void thereIsNoSectionForAReasonThatIsNone() {
        assertThat(Pattern.compile("^### `(\\w+)`$", Pattern.MULTILINE)
                        .matcher(PAGE.text())
                        .results()
                        .map(found -> found.group(1)))
                .containsExactlyElementsOf(Arrays.stream(FailureReason.values())
                        .map(FailureReason::name)
                        .toList());
    }

    @Test
    void eachOutcomeHasARow() {
        assertThat(PAGE.rows(3).stream()
                        .map(row -> row.get(0))
                        .filter(cell -> cell.startsWith("`"))
                        .map(cell -> cell.replace("`", "")))
                .containsExactlyElementsOf(Arrays.stream(ConnectionOutcome.values())
                        .map(ConnectionOutcome::name)
                        .toList());
    }
}
