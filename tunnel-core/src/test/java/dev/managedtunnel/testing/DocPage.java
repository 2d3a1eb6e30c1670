package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** A page of {@code docs}, for tests that compare it with the code. Immutable. */
public final class DocPage {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final String text;

    private DocPage(String text) {
        this.text = text;
    }

    /** The page in this file, such as {@code metrics.md}. */
    public static DocPage of(String name) {
        try {
            return new DocPage(Files.readString(module().resolveSibling("docs").resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Surefire sets {@code basedir}, the module's directory; an IDE starts tests there too. */
    public static Path module() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    }

    public String text() {
        return text;
    }

    /** The cells of each row of its tables that has so many, without those of headings. */
    public List<List<String>> rows(int cells) {
        return text.lines()
                .filter(line -> line.startsWith("| ") && line.endsWith("|"))
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .filter(row -> row.size() == cells)
                .toList();
    }

    /** What stands in backticks in a text. */
    public static List<String> code(String cell) {
        return CODE.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    /** What is below the heading that says this, down to the next one of its level or above; empty without it. */
    public String section(String heading) {
        Pattern whole = Pattern.compile(
                "^(#+) " + Pattern.quote(heading) + "$\\R(.*?)(?=^#{1,2} |^\\1 |\\z)",
                Pattern.MULTILINE | Pattern.DOTALL);
        return whole.matcher(text)
                .results()
                .findFirst()
                .map(found -> found.group(2))
                .orElse("");
    }

    /** The blocks of code of a language, such as {@code java}. */
    public List<String> blocks(String language) {
        return Pattern.compile("^```" + language + "\\R(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
