package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LexerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "Port 22|Port [22]",
                "  Port\t 22 \r|Port [22]",
                "Port=22|Port [22]",
                "Port = 22|Port [22]",
                "Port =22|Port [22]",
                "Port==22|Port [=22]",
                "Port 22# no comment|Port [22#, no, comment]",
                "Port 22 # a comment|Port [22]",
                "Host a b  c|Host [a, b, c]",
                "Host \"a b\" c|Host [a b, c]",
                "Host 'a \"b' c|Host [a \"b, c]",
                "Host a\" \"b|Host [a b]",
                "Host \"\"|Host []",
                "Host a\\ b|Host [a b]",
                "Host \"a\\ b\"|Host [a\\ b]",
                "Host a\\\"b \\\\ \\'|Host [a\"b, \\, ']",
                "Host a\\nb\\|Host [a\\nb\\]",
                "Host \"#a\" #b|Host [#a]",
            })
    void isTakenApartAsByOpenSsh(String text, String line) {
        ConfigLine read = Lexer.line("config:1", text);
        assertThat(read).isNotNull();
        assertThat(read.keyword() + " " + read.arguments()).isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\r", "#", "  # Port 22", "#Port 22"})
    void nothingIsNoLine(String text) {
        assertThat(Lexer.line("config:1", text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Port", "Port ", "Port =", "Port # 22"})
    void aKeywordAloneIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lexer.line("config:7", text))
                .withMessage("config:7: Port has no argument; give one or remove the line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"User \"a", "User a\"", "User \"a\\\"", "User \"a'"})
    void aQuoteThatIsNotClosedIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lexer.line("config:7", text))
                .withMessage("config:7: User has a quote (\") that is not closed; close or escape it");
    }

    /** Whatever is put in quotes comes out as it was. */
    @Test
    void whatIsQuotedIsReadAgain() {
        Random random = new Random(2);
        String characters = "ab \t\"'\\#=%$";
        for (int i = 0; i < 2_000; i++) {
            List<String> arguments = new ArrayList<>();
            StringBuilder text = new StringBuilder("Host");
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                StringBuilder argument = new StringBuilder();
                for (int c = random.nextInt(6); c > 0; c--) {
                    argument.append(characters.charAt(random.nextInt(characters.length())));
                }
                arguments.add(argument.toString());
                text.append(" \"")
                        .append(argument.toString().replaceAll("[\\\\\"']", "\\\\$0"))
                        .append('"');
            }
            ConfigLine line = Lexer.line("config:1", text.toString());
            assertThat(line).isNotNull();
            assertThat(line.arguments()).as("%s", text).isEqualTo(arguments);
        }
    }
}
