package dev.managedtunnel.internal.sshconfig;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes a line apart as {@code ssh} does: a keyword, white space or one {@code =}, and arguments, perhaps in quotes. */
final class Lexer {
    private static final String SPACE = " \t\r\n\f";

    private final String place;
    private final String text;
    private int next;

    private Lexer(String place, String text) {
        this.place = place;
        this.text = text;
    }

    /**
     * Null for an empty line and for one with a comment only.
     *
     * @throws IllegalArgumentException when the keyword has no argument, or a quote is not closed
     */
    static @Nullable ConfigLine line(String place, String text) {
        return new Lexer(place, text).line();
    }

    private @Nullable ConfigLine line() {
        skipSpace();
        if (next == text.length() || text.charAt(next) == '#') {
            return null;
        }
        int start = next;
        while (next < text.length() && !isSpace() && text.charAt(next) != '=') {
            next++;
        }
        String keyword = text.substring(start, next);
        skipSpace();
        if (next < text.length() && text.charAt(next) == '=') {
            next++;
        }
        List<String> arguments = arguments(keyword);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException(
                    place + ": " + keyword + " has no argument; give one or remove the line");
        }
        return new ConfigLine(place, keyword, arguments);
    }

    private List<String> arguments(String keyword) {
        List<String> arguments = new ArrayList<>();
        for (skipSpace(); next < text.length() && text.charAt(next) != '#'; skipSpace()) {
            arguments.add(argument(keyword));
        }
        return arguments;
    }

    /** Quotes may begin and end within it. A backslash is one, but before a quote, another one, or a space outside of quotes. */
    private String argument(String keyword) {
        StringBuilder argument = new StringBuilder();
        char quote = 0;
        for (; next < text.length() && (quote != 0 || !isSpace()); next++) {
            char c = text.charAt(next);
            if (c == '\\' && isEscaped(quote)) {
                argument.append(text.charAt(++next));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else {
                argument.append(c);
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException(
                    place + ": " + keyword + " has a quote (" + quote + ") that is not closed; close or escape it");
        }
        return argument.toString();
    }

    private boolean isEscaped(char quote) {
        if (next + 1 == text.length()) {
            return false;
        }
        char c = text.charAt(next + 1);
        return c == '\'' || c == '"' || c == '\\' || (quote == 0 && c == ' ');
    }

    private boolean isSpace() {
        return SPACE.indexOf(text.charAt(next)) >= 0;
    }

    private void skipSpace() {
        while (next < text.length() && isSpace()) {
            next++;
        }
    }
}
