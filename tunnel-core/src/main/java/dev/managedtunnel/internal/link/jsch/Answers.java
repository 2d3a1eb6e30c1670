package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import dev.managedtunnel.FailureReason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what a server asks during a login, in place of a person, with the passwords only. JSch itself sends the first
 * one, and would go on to ask for more until its limit: a wrong password must go out once, since servers lock accounts.
 * For one thread.
 */
final class Answers implements UserInfo, UIKeyboardInteractive {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    /** JSch's name for a prompt of its own making. */
    private static final String CHANGE_REQUIRED = "Password Change Required";

    private final String tunnel;
    private final List<byte[]> passwords;
    private final boolean moreToTry;
    private int nextInteractive;
    private int nextPlain = 1;

    /** @param moreToTry whether other credentials follow, so that a refused password is not the end */
    Answers(String tunnel, List<byte[]> passwords, boolean moreToTry) {
        this.tunnel = tunnel;
        this.passwords = passwords;
        this.moreToTry = moreToTry;
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
        for (boolean shown : echo) {
            if (shown) {
                return null;
            }
        }
        if (nextInteractive == 0 && prompts.length == 1 && asksForPassword(prompts[0])) {
            // JSch has answered this question itself before, or it would not come here.
            nextInteractive = 1;
        }
        if (nextInteractive < passwords.size()) {
            String[] answers = new String[prompts.length];
            Arrays.fill(answers, text(passwords.get(nextInteractive++)));
            return answers;
        }
        if (moreToTry) {
            return null;
        }
        // Returning would make JSch send an empty answer, and then the same password by the method "password".
        throw new StartFailure(FailureReason.AUTH_REJECTED, "it refused the password", null);
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
