package dev.managedtunnel;

import java.util.List;
import java.util.Objects;

/**
 * What a gateway asks during a login by the method {@code keyboard-interactive}, such as for a one-time code. Immutable.
 */
public final class Challenge {
    private final Gateway gateway;
    private final String name;
    private final String instruction;
    private final List<Prompt> prompts;

    /** A challenge as a gateway makes it; applications need this for tests of their {@link Responder}. */
    public Challenge(Gateway gateway, String name, String instruction, List<Prompt> prompts) {
        this.gateway = Objects.requireNonNull(gateway, "gateway");
        this.name = Objects.requireNonNull(name, "name");
        this.instruction = Objects.requireNonNull(instruction, "instruction");
        this.prompts = List.copyOf(prompts);
    }

    /** Who asks. */
    public Gateway gateway() {
        return gateway;
    }

    /** The gateway's title for the questions; often empty. */
    public String name() {
        return name;
    }

    /** The gateway's text above the questions, perhaps of several lines; often empty. */
    public String instruction() {
        return instruction;
    }

    /** The questions, at least one. */
    public List<Prompt> prompts() {
        return prompts;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Challenge that
                && gateway.equals(that.gateway)
                && name.equals(that.name)
                && instruction.equals(that.instruction)
                && prompts.equals(that.prompts);
    }

    @Override
    public int hashCode() {
        return Objects.hash(gateway, name, instruction, prompts);
    }

    @Override
    public String toString() {
        return gateway + " asks " + prompts;
    }

    /**
     * One question.
     *
     * @param text what the gateway wrote, such as {@code "Verification code: "}, without control characters
     * @param echo whether the answer may be seen while it is typed
     */
    public record Prompt(String text, boolean echo) {}

    /** Answers challenges, for {@link Credentials#keyboardInteractive(Responder)}. Called by any thread. */
    @FunctionalInterface
    public interface Responder {
        /**
         * The answers, one for each prompt, in their order; an empty list declines. May take its time, up to the deadline
         * of the session start ({@link TunnelSpec.Builder#connectTimeout}), at which its thread is interrupted and what it
         * returns is of no use any more.
         *
         * @return the arrays are overwritten after use, so give fresh ones
         */
        List<char[]> respond(Challenge challenge);
    }
}
