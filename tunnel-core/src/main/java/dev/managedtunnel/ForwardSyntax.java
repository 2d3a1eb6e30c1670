package dev.managedtunnel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ssh} takes after {@code -L}, {@code -R} and {@code -D}: one to four fields with colons between them. A field
 * in brackets is taken as it is, outside of them a backslash does that for one character, and a field with a slash is a
 * path. Says at which character something is wrong. For one use.
 */
final class ForwardSyntax {
    private static final int MOST_FIELDS = 4;
    private static final List<String> OPTIONS = List.of("-L", "-R", "-D");

    /**
     * One field.
     *
     * @param at the number of its first character in the text, from 1
     */
    private record Field(String text, int at, boolean isPath) {}

    private final String option;
    private final String text;
    private final List<Field> fields = new ArrayList<>();
    private int next;

    private ForwardSyntax(String option, String text) {
        this.option = option;
        this.text = text;
    }

    static Forward parse(String option, String text) {
        return new ForwardSyntax(option, text).forward();
    }

    private Forward forward() {
        if (!OPTIONS.contains(option)) {
            throw Checks.bad("forward option", option, "is none of -L, -R and -D; give one of these");
        }
        int variable = text.indexOf("${");
        if (variable >= 0) {
            throw at(variable + 1, "'${' is not expanded here; put the variable's value");
        }
        while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
            next++;
        }
        while (next < text.length()) {
            if (fields.size() == MOST_FIELDS) {
                throw at(next + 1, "there is a fifth field; put an IPv6 address in brackets");
            }
            fields.add(text.charAt(next) == '[' ? bracketed() : plain());
        }
        return switch (option) {
            case "-L" -> local();
            case "-R" -> remote();
            default -> dynamic();
        };
    }

    private Field bracketed() {
        int end = text.indexOf(']', next);
        if (end < 0) {
            throw at(next + 1, "this '[' is not closed; put ']' behind the address");
        }
        if (end + 1 < text.length() && text.charAt(end + 1) != ':') {
            throw at(end + 2, "expected ':' or the end behind ']'");
        }
        String inside = text.substring(next + 1, end);
        Field field = new Field(inside, next + 1, inside.indexOf('/') >= 0);
        next = end + 2;
        return field;
    }

    private Field plain() {
        int start = next;
        boolean isPath = false;
        StringBuilder field = new StringBuilder();
        for (; next < text.length() && text.charAt(next) != ':'; next++) {
            char c = text.charAt(next);
            if (c == '\\') {
                if (++next == text.length()) {
                    throw at(next, "nothing follows this '\\'; remove it");
                }
                c = text.charAt(next);
            } else if (c == '/') {
                isPath = true;
            }
            field.append(c);
        }
        next++;
        return new Field(field.toString(), start + 1, isPath);
    }

    private Forward local() {
        require(2);
        Field first = fields.get(0);
        if (first.isPath()) {
            Path socket = path(first).toPath();
            return Forward.local(target(1)).listenOn(socket);
        }
        Endpoint.Tcp listen = listener(portField(), Forward.Local.LOOPBACK);
        return Forward.local(target(portField() + 1)).listenOn(listen.host(), listen.port());
    }

    private Forward remote() {
        require(1);
        Field first = fields.get(0);
        if (first.isPath()) {
            throw at(
                    first.at(),
                    "a remote forward can't listen on a Unix socket: JSch, the SSH library below, refuses the channels"
                            + " that the gateway would open for it (forwarded-streamlocal@openssh.com); give a port");
        }
        if (fields.size() == 1 || (fields.size() == 2 && number(fields.get(1)) != null)) {
            throw at(
                    end(),
                    "the target is missing; without one the gateway would be a SOCKS proxy into this machine's network"
                            + " (remote dynamic forwarding), which is not supported; give port:host:port");
        }
        Endpoint.Tcp listen = listener(portField(), Forward.Remote.GATEWAY_LOOPBACK);
        return Forward.remote(0, target(portField() + 1)).listenOn(listen.host(), listen.port());
    }

    private Forward dynamic() {
        require(1);
        Field first = fields.get(0);
        if (first.isPath()) {
            throw at(first.at(), "a dynamic forward can't listen on a Unix socket here; give a port");
        }
        int last = fields.size() - 1;
        if (last > 1 || fields.get(last).isPath()) {
            throw at(
                    fields.get(Math.min(last, 2)).at(),
                    "expected the end: the clients of a dynamic forward name their own targets");
        }
        Endpoint.Tcp listen = listener(last, Forward.Local.LOOPBACK);
        return Forward.dynamic().listenOn(listen.host(), listen.port());
    }

    private void require(int count) {
        if (fields.isEmpty()) {
            throw at(1, option.equals("-D") ? "expected a port" : "expected port:host:port");
        }
        if (fields.size() < count) {
            throw at(end(), "the target is missing; give port:host:port");
        }
    }

    /** Which field is the listener's port: the second where an address is before it. */
    private int portField() {
        boolean toSocket = fields.get(fields.size() - 1).isPath();
        return fields.size() == MOST_FIELDS || (fields.size() == MOST_FIELDS - 1 && toSocket) ? 1 : 0;
    }

    /** As {@code ssh} has it, nothing before the colon is every address, and no colon the loopback one. */
    private Endpoint.Tcp listener(int portField, String loopback) {
        String address = loopback;
        if (portField > 0) {
            String given = fields.get(0).text();
            boolean any = given.isEmpty() || given.equals(Endpoint.Tcp.ANY_ADDRESS);
            address = any ? Endpoint.Tcp.ANY_ADDRESS : host(fields.get(0));
        }
        return Endpoint.tcp(address, port(fields.get(portField), 0));
    }

    private Endpoint target(int from) {
        Field host = fields.get(from);
        int behind = from + (host.isPath() ? 1 : 2);
        if (behind < fields.size()) {
            throw at(fields.get(behind).at(), "expected the end behind the target");
        }
        if (host.isPath()) {
            return path(host);
        }
        String name = host(host);
        if (behind > fields.size()) {
            throw at(end(), "the target's port is missing; give port:host:port");
        }
        return Endpoint.tcp(name, port(fields.get(from + 1), 1));
    }

    private String host(Field field) {
        return checked(field, () -> Checks.host("host", field.text()));
    }

    private Endpoint.UnixSocket path(Field field) {
        return checked(field, () -> Endpoint.unixSocket(field.text()));
    }

    private <T> T checked(Field field, Supplier<T> check) {
        try {
            return check.get();
        } catch (IllegalArgumentException e) {
            throw at(field.at(), String.valueOf(e.getMessage()));
        }
    }

    private int port(Field field, int least) {
        Integer port = number(field);
        if (port == null || port < least) {
            throw at(field.at(), "'" + field.text() + "' is no port; give a number from " + least + " to 65535");
        }
        return port;
    }

    private static @Nullable Integer number(Field field) {
        if (field.text().isEmpty() || !field.text().chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        try {
            int number = Integer.parseInt(field.text());
            return number <= 65_535 ? number : null;
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    private int end() {
        return text.length() + 1;
    }

    private IllegalArgumentException at(int character, String what) {
        return Checks.bad("forward " + option, text, "at character " + character + ": " + what);
    }
}
