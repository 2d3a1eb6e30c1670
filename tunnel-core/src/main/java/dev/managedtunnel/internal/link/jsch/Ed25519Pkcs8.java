package dev.managedtunnel.internal.link.jsch;

/** Placeholder for the next commit: JSch reads PKCS#8 files with Ed25519 keys only with Bouncy Castle. */
final class Ed25519Pkcs8 {
    private Ed25519Pkcs8() {}

    static byte[] asOpenSsh(byte[] content) {
        return content;
    }
}
