package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternsTest {
    @Test
    void matchWhatTheRegularExpressionMatches() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            String text = any("ab.", 8, random);
            String pattern = any("ab.**?", 6, random);
            String expression = pattern.replace(".", "\\.").replace("*", ".*").replace("?", ".");
            assertThat(Patterns.matches(text, pattern))
                    .as("%s against %s", text, pattern)
                    .isEqualTo(Pattern.matches(expression, text));
        }
    }

    /** A pattern that others would try 2 to the power of 30 ways for. */
    @Test
    @Timeout(60)
    void manyStarsTakeNoLonger() {
        String text = "a".repeat(3_000);
        assertThat(Patterns.matches(text, "*a".repeat(300) + "b")).isFalse();
    }

    private static String any(String characters, int most, Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(most + 1); n > 0; n--) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "db, 'db', true",
        "db, 'web,db', true",
        "db, 'd*,!db', false",
        "db, '!db,d*', false",
        "db, '!web', false",
        "db, '!web,*', true",
        "db, '', false",
        "db, 'DB', false",
        "db, ',', false",
    })
    void ofSeveralOneHasToMatchAndNoNegatedOneMay(String text, String patterns, boolean matches) {
        assertThat(Patterns.matchesAny(text, patterns)).isEqualTo(matches);
    }

    @Test
    void ofHostsCaseDoesNotCount() {
        assertThat(Patterns.matchesAnyHost("Db.Example", "WEB,dB.*")).isTrue();
        assertThat(Patterns.matchesAnyHost("Db.Example", "*,!DB.example")).isFalse();
    }
}
