package dev.managedtunnel.examples.jdbcpool;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A run of the program within the test's process, and what it printed. */
record Program(int exitCode, String out, String err) {
    static Program run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = JdbcPool.commandLine(false)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        int exitCode = line.execute(args);
        return new Program(exitCode, out.toString(), err.toString());
    }
}
