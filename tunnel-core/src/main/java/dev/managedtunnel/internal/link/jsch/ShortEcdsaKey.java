package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import java.nio.ByteBuffer;

/**
 * P-384 keys whose secret number begins with a zero byte, as one in 512 does. JSch tells the curve by the number's length,
 * and OpenSSH's and PuTTY's formats leave such bytes out: it then signs on another curve, and the login is refused. Such a
 * key is handed to JSch once more, in a format that has all bytes. Copies of the secret are overwritten.
 */
final class ShortEcdsaKey {
    private static final String TYPE = "ecdsa-sha2-nistp384";
    private static final int NUMBER = 384 / 8;
    private static final int POINT = 1 + 2 * NUMBER;
    private static final byte[] VERSION = {0x02, 1, 1};
    private static final byte[] CURVE = {(byte) 0xA0, 7, 6, 5, 0x2B, (byte) 0x81, 4, 0, 0x22};
    private static final int CONTENT = VERSION.length + 2 + NUMBER + CURVE.length + 5 + POINT;

    private ShortEcdsaKey() {}

    /** The same key, as JSch understands it. */
    static KeyPair repaired(KeyPair pair, JSch jsch) throws JSchException {
        if (!TYPE.equals(pair.getKeyTypeString())) {
            return pair;
        }
        byte[] agents = pair.forSSHAgent();
        byte[] der = new byte[3 + CONTENT];
        byte[] file = null;
        try {
            if (!der(ByteBuffer.wrap(agents), ByteBuffer.wrap(der))) {
                return pair;
            }
            file = Encodings.pem("EC PRIVATE KEY", der);
            KeyPair whole = KeyPair.load(jsch, file, null);
            pair.dispose();
            return whole;
        } finally {
            Secrets.wipe(agents);
            Secrets.wipe(der);
            if (file != null) {
                Secrets.wipe(file);
            }
        }
    }

    /** From the agent's form (type, curve, point, number) to that of RFC 5915; false when there is no need. */
    private static boolean der(ByteBuffer from, ByteBuffer to) {
        byte[] unusedType = Encodings.string(from);
        byte[] unusedCurve = Encodings.string(from);
        byte[] point = Encodings.string(from);
        byte[] number = Encodings.string(from);
        boolean isShort = point.length == POINT && number.length < NUMBER;
        if (isShort) {
            to.put(new byte[] {0x30, (byte) 0x81, (byte) CONTENT}).put(VERSION);
            to.put(new byte[] {4, NUMBER}).put(new byte[NUMBER - number.length]).put(number);
            to.put(CURVE)
                    .put(new byte[] {(byte) 0xA1, POINT + 3, 3, POINT + 1, 0})
                    .put(point);
        }
        Secrets.wipe(number);
        return isShort;
    }
}
