package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads one private key, and its certificate where there is one. Everything that can be wrong with it has its text. */
final class KeyFile {
    private static final long LARGEST = 1024 * 1024;

    private final Credentials.PrivateKey credential;
    private final Path file;
    private final JSch jsch;
    private final JschLog log;
    private final Asking asking;

    KeyFile(Credentials.PrivateKey credential, JSch jsch, JschLog log, Asking asking) {
        this.credential = credential;
        this.jsch = jsch;
        this.log = log;
        this.asking = asking;
        file = credential.file();
    }

    /**
     * The key as it is to be offered: with its certificate first, then alone, as OpenSSH does.
     *
     * @throws StartFailure when it can't be used
     */
    List<LoadedKey> load() {
        byte[] content = read(file, "");
        try {
            KeyPair pair = parse(content);
            return offers(whole(pair.isEncrypted() ? decrypted(pair, content) : pair));
        } finally {
            Secrets.wipe(content);
        }
    }

    private KeyPair whole(KeyPair pair) {
        try {
            return ShortEcdsaKey.repaired(pair, jsch);
        } catch (JSchException | RuntimeException e) {
            pair.dispose();
            throw unreadable("can't be used by the SSH library; convert it: ssh-keygen -p -m PEM -f " + file, e);
        }
    }

    private List<LoadedKey> offers(KeyPair pair) {
        List<LoadedKey> keys = new ArrayList<>();
        try {
            LoadedKey certified = certified(pair);
            if (certified != null) {
                keys.add(certified);
            }
            byte[] blob = pair.getPublicKeyBlob();
            if (blob == null) {
                throw unreadable("is of an unsupported kind", null);
            }
            keys.add(new LoadedKey(credential.toString(), pair.getKeyTypeString(), blob, pair));
            return keys;
        } catch (RuntimeException e) {
            pair.dispose();
            throw e;
        }
    }

    private KeyPair parse(byte[] content) {
        byte[] converted = Ed25519Pkcs8.plain(content);
        try {
            return KeyPair.load(jsch, converted == null ? content : converted, null);
        } catch (JSchException | RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            String why = message.contains("not available")
                    ? "needs Bouncy Castle (org.bouncycastle:bcprov-jdk18on) on the class path: "
                            + Text.oneLine(message)
                    : "is no private key of a known format";
            throw unreadable(why, e);
        } finally {
            if (converted != null) {
                Secrets.wipe(converted);
            }
        }
    }

    private KeyPair decrypted(KeyPair pair, byte[] content) {
        byte[] passphrase = passphrase();
        try {
            if (pair.decrypt(passphrase) || decryptedAsLatin1(pair, passphrase)) {
                return pair;
            }
            byte[] converted = Ed25519Pkcs8.decrypted(content, passphrase);
            if (converted != null) {
                try {
                    return parse(converted);
                } finally {
                    Secrets.wipe(converted);
                }
            }
        } finally {
            Secrets.wipe(passphrase);
        }
        Throwable cause = log.swallowed();
        String detail = cause == null ? "" : String.valueOf(cause.getMessage());
        throw unreadable(
                detail.contains("support")
                        ? "is encrypted in an unsupported way: " + Text.oneLine(detail)
                        : "can't be decrypted: the passphrase is wrong",
                cause);
    }

    /** For PKCS#8 files JSch takes each byte for a character, and those it encodes in UTF-8 once more. */
    private static boolean decryptedAsLatin1(KeyPair pair, byte[] passphrase) {
        byte[] latin1 = Secrets.asLatin1(passphrase);
        if (latin1 == null) {
            return false;
        }
        try {
            return pair.decrypt(latin1);
        } finally {
            Secrets.wipe(latin1);
        }
    }

    private byte[] passphrase() {
        Supplier<char[]> supplier = credential.passphrase().orElse(null);
        if (supplier == null) {
            throw unreadable("needs a passphrase; give one with Credentials.privateKey(file, passphrase)", null);
        }
        byte[] passphrase;
        try {
            passphrase = asking.ask("the passphrase supplier of " + credential, () -> Secrets.take(supplier));
        } catch (StartFailure givenUp) {
            throw givenUp;
        } catch (RuntimeException e) {
            throw unreadable(
                    "can't be decrypted: the passphrase supplier failed with "
                            + e.getClass().getName(),
                    e);
        }
        if (passphrase == null) {
            throw unreadable("needs a passphrase, but the supplier gave none", null);
        }
        return passphrase;
    }

    private @Nullable LoadedKey certified(KeyPair pair) {
        Path asked = credential.certificate().orElse(null);
        Path certificate = asked == null ? Path.of(file + "-cert.pub") : asked;
        if (asked == null && !Files.isReadable(certificate)) {
            return null;
        }
        byte[] content = read(certificate, "certificate ");
        String[] parts = new String(content, StandardCharsets.US_ASCII).strip().split("\\s+", 3);
        if (parts.length < 2 || !LoadedKey.isCertificate(parts[0])) {
            throw unreadable("can't be used: its certificate " + certificate + " is no OpenSSH certificate", null);
        }
        try {
            byte[] blob = Base64.getDecoder().decode(parts[1]);
            return new LoadedKey(credential + " with certificate " + certificate, parts[0], blob, pair);
        } catch (IllegalArgumentException e) {
            throw unreadable("can't be used: its certificate " + certificate + " is damaged", e);
        }
    }

    private byte[] read(Path path, String what) {
        String why;
        IOException cause = null;
        try {
            if (Files.size(path) <= LARGEST) {
                return Files.readAllBytes(path);
            }
            why = "is too large for a key";
        } catch (NoSuchFileException e) {
            why = "does not exist";
            cause = e;
        } catch (AccessDeniedException e) {
            why = "may not be read by this process (permission denied)";
            cause = e;
        } catch (IOException e) {
            why = "can't be read: " + e.getMessage();
            cause = e;
        }
        throw what.isEmpty()
                ? unreadable(why, cause)
                : unreadable("can't be used: its " + what + path + " " + why, cause);
    }

    private StartFailure unreadable(String why, @Nullable Throwable cause) {
        return new StartFailure(FailureReason.KEY_UNREADABLE, credential + " " + why, cause);
    }
}
