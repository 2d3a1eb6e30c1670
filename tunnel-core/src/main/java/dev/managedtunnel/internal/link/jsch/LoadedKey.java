package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.KeyPair;

/** A decrypted private key as JSch asks for it, alone or with a certificate that stands for its public half. */
final class LoadedKey extends ReadyIdentity {
    private static final String CERTIFICATE = "-cert-v01@openssh.com";

    private final String name;
    private final String type;
    private final byte[] publicBlob;
    private final KeyPair pair;

    LoadedKey(String name, String type, byte[] publicBlob, KeyPair pair) {
        this.name = name;
        this.type = type;
        this.publicBlob = publicBlob;
        this.pair = pair;
    }

    /** Whether the text names a kind of certificate. */
    static boolean isCertificate(String type) {
        return type.endsWith(CERTIFICATE);
    }

    @Override
    public byte[] getPublicKeyBlob() {
        return publicBlob;
    }

    /** A certificate is named in the request, the plain algorithm in the signature. */
    @Override
    public byte[] getSignature(byte[] data, String algorithm) {
        return pair.getSignature(data, algorithm.replace(CERTIFICATE, ""));
    }

    @Override
    public String getAlgName() {
        return type;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public void clear() {
        pair.dispose();
    }
}
