package dev.managedtunnel.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * What to log in with. The key is tried first, then the password.
 *
 * @param privateKey The private key: a file (read anew on each session start), any other resource such as 'classpath:' or
 *     'base64:', or the key's text itself, beginning with '-----BEGIN'.
 * @param certificate The OpenSSH user certificate of the private key, where it is not beside it.
 * @param passphrase The private key's passphrase.
 * @param passphraseSupplier Name of a bean that supplies the passphrase on each session start, instead of 'passphrase'.
 * @param password The password.
 * @param passwordSupplier Name of a bean that supplies the password on each session start, instead of 'password'.
 */
record CredentialsProperties(
        @Nullable String privateKey,
        @Nullable String certificate,
        @Nullable String passphrase,
        @Nullable String passphraseSupplier,
        @Nullable String password,
        @Nullable String passwordSupplier) {

    /** Free of secrets. */
    @Override
    public String toString() {
        return "credentials";
    }
}
