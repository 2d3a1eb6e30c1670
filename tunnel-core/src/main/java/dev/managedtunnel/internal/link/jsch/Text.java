package dev.managedtunnel.internal.link.jsch;

/** Makes what others sent fit for a line of log or an exception's message. */
final class Text {
    private static final int SHOWN = 400;

    private Text() {}

    /** Without line ends and control characters, which could forge log lines or move a terminal's cursor. */
    static String oneLine(String foreign) {
        return oneLine(foreign, SHOWN);
    }

    static String oneLine(String foreign, int most) {
        String line = foreign.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]+", " ")
                .strip();
        return line.length() <= most ? line : line.substring(0, most) + "…";
    }

    /** For people to read, with its lines, and nothing else that could move a cursor. */
    static String lines(String foreign) {
        return foreign.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029&&[^\\n\\t]]+", "");
    }
}
