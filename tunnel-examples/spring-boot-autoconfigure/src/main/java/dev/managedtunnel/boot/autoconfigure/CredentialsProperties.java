package dev.managedtunnel.boot.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What to log in with, tried in this order: the key, the agent's keys, the password, the answers.
 *
 * @param privateKey The private key: a file (read anew on each session start), any other resource such as 'classpath:' or
 *     'base64:', or the key's text itself, beginning with '-----BEGIN'.
 * @param certificate The OpenSSH user certificate of the private key, where it is not beside it.
 * @param passphrase The private key's passphrase.
 * @param passphraseSupplier Name of a bean that supplies the passphrase on each session start, instead of 'passphrase'.
 * @param agent Whether to use the keys of the SSH agent.
 * @param agentSocket The agent's socket, instead of the one that SSH_AUTH_SOCK names.
 * @param agentKeys Public key files of the agent's keys to use, instead of all of them.
 * @param password The password.
 * @param passwordSupplier Name of a bean that supplies the password on each session start, instead of 'password'.
 * @param responder Name of a 'Challenge.Responder' bean that answers what the gateway asks, such as for a one-time code.
 */
record CredentialsProperties(
        @Nullable String privateKey,
        @Nullable String certificate,
        @Nullable String passphrase,
        @Nullable String passphraseSupplier,
        @Nullable Boolean agent,
        @Nullable String agentSocket,
        @DefaultValue List<String> agentKeys,
        @Nullable String password,
        @Nullable String passwordSupplier,
        @Nullable String responder) {

    static final CredentialsProperties NONE =
            new CredentialsProperties(null, null, null, null, null, null, List.of(), null, null, null);

    /** Free of secrets. */
    @Override
    public String toString() {
        return "credentials";
    }
}
