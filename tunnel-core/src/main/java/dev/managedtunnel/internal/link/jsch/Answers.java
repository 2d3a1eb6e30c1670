package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import dev.managedtunnel.Challenge;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what a server asks during a login: with passwords, and by asking the application. JSch itself sends the first
 * password, and would go on to ask for more until its limit: a wrong one must go out once, since servers lock accounts,
 * and so must a wrong answer. For one thread.
 */
final class Answers implements UserInfo, UIKeyboardInteractive {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    /** JSch's name for a prompt of its own making. */
    private static final String CHANGE_REQUIRED = "Password Change Required";

    private static final String RESPONDER = "the keyboard-interactive callback";

    private final String tunnel;
    private final Gateway gateway;
    private final List<byte[]> passwords;
    private final List<Challenge.Responder> responders;
    private final Asking asking;
    private final boolean keysFollow;
    private final Set<Challenge> asked = new HashSet<>();
    private int nextInteractive;
    private int nextPlain = 1;

    /** @param keysFollow whether a refused answer is not the end */
    Answers(
            String tunnel,
            Gateway gateway,
            List<byte[]> passwords,
            List<Challenge.Responder> responders,
            Asking asking,
            boolean keysFollow) {
        this.tunnel = tunnel;
        this.gateway = gateway;
        this.passwords = passwords;
        this.responders = responders;
        this.asking = asking;
        this.keysFollow = keysFollow;
    }

    @Override
    public String @Nullable [] promptKeyboardInteractive(
            String destination, String name, String instruction, String[] prompts, boolean[] echo) {
        LOG.debug("{}: the server asks {} {}", tunnel, Text.oneLine(name), Text.oneLine(Arrays.toString(prompts)));
        if (prompts.length == 0) {
            return prompts;
        }
        if (name.equals(CHANGE_REQUIRED)) {
            throw new StartFailure(FailureReason.AUTH_REJECTED, "the password has expired", null);
        }
        boolean password = prompts.length == 1 && !echo[0] && asksForPassword(prompts[0]);
        if (nextInteractive == 0 && password && !passwords.isEmpty()) {
            // JSch has answered this question itself before, or it would not come here.
            nextInteractive = 1;
        }
        if (!responders.isEmpty() && !(password && nextInteractive < passwords.size())) {
            return ask(challenge(name, instruction, prompts, echo));
        }
        for (boolean shown : echo) {
            if (shown) {
                return null;
            }
        }
        if (nextInteractive < passwords.size()) {
            String[] answers = new String[prompts.length];
            Arrays.fill(answers, text(passwords.get(nextInteractive++)));
            return answers;
        }
        return end("it refused the password");
    }

    private Challenge challenge(String name, String instruction, String[] prompts, boolean[] echo) {
        List<Challenge.Prompt> questions = new ArrayList<>();
        for (int i = 0; i < prompts.length; i++) {
            questions.add(new Challenge.Prompt(Text.lines(prompts[i]), echo[i]));
        }
        return new Challenge(gateway, Text.lines(name), Text.lines(instruction), questions);
    }

    private String @Nullable [] ask(Challenge challenge) {
        if (!asked.add(challenge)) {
            return end("it refused the answer of " + RESPONDER);
        }
        for (Challenge.Responder responder : responders) {
            List<char[]> answers;
            try {
                answers = asking.ask(RESPONDER, () -> responder.respond(challenge));
            } catch (StartFailure givenUp) {
                throw givenUp;
            } catch (RuntimeException e) {
                String why = RESPONDER + " failed with " + e.getClass().getName();
                throw new StartFailure(FailureReason.AUTH_REJECTED, why, e);
            }
            if (answers != null && !answers.isEmpty()) {
                return taken(answers, challenge.prompts().size());
            }
        }
        // A password that was not asked for yet goes by the method "password".
        return nextInteractive < passwords.size() ? null : end(RESPONDER + " declined to answer");
    }

    private static String[] taken(List<char[]> answers, int questions) {
        List<String> texts = new ArrayList<>();
        for (char[] answer : answers) {
            texts.add(new String(answer));
            Arrays.fill(answer, '\0');
        }
        if (texts.size() != questions) {
            String why = RESPONDER + " gave " + texts.size() + " answers to " + questions + " questions";
            throw new StartFailure(FailureReason.AUTH_REJECTED, why, null);
        }
        return texts.toArray(String[]::new);
    }

    /** No answer. That makes JSch send empty ones, and then the same password by the method "password". */
    private String @Nullable [] end(String why) {
        if (keysFollow) {
            return null;
        }
        throw new StartFailure(FailureReason.AUTH_REJECTED, why, null);
    }

    private static boolean asksForPassword(String prompt) {
        return prompt.toLowerCase(Locale.ROOT).contains("password:");
    }

    @Override
    public boolean promptPassword(String message) {
        return nextPlain < passwords.size();
    }

    @Override
    public String getPassword() {
        return text(passwords.get(nextPlain++));
    }

    /** JSch takes all but its first password as a String, which can't be wiped. */
    private static String text(byte[] password) {
        return new String(password, StandardCharsets.UTF_8);
    }

    @Override
    public @Nullable String getPassphrase() {
        return null;
    }

    @Override
    public boolean promptPassphrase(String message) {
        return false;
    }

    @Override
    public boolean promptYesNo(String message) {
        return false;
    }

    @Override
    public void showMessage(String message) {
        LOG.debug("{}: the server says: {}", tunnel, Text.oneLine(message));
    }
}
