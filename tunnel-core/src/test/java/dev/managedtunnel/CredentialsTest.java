package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CredentialsTest {
    private static final Path HOME = Path.of(System.getProperty("user.home"));

    private final AtomicInteger asked = new AtomicInteger();
    private final Supplier<char[]> secret = this::ask;

    private char[] ask() {
        asked.incrementAndGet();
        return "s3cret".toCharArray();
    }

    @Test
    void aKeyFileIsFoundInTheUsersHome() {
        Credentials.PrivateKey key = Credentials.privateKey(Path.of("~/.ssh/id_ed25519"));
        assertThat(key.file()).isEqualTo(HOME.resolve(".ssh/id_ed25519"));
        assertThat(key.passphrase()).isEmpty();
        assertThat(key.certificate()).isEmpty();
    }

    @Test
    void aCertificateIsAddedToACopy() {
        Credentials.PrivateKey key = Credentials.privateKey(Path.of("/k"), secret);
        Credentials.PrivateKey certified = key.withCertificate(Path.of("~/k-cert.pub"));
        assertThat(certified.certificate()).contains(HOME.resolve("k-cert.pub"));
        assertThat(certified.file()).isEqualTo(Path.of("/k"));
        assertThat(certified.passphrase()).contains(secret);
        assertThat(key.certificate()).isEmpty();
    }

    @Test
    void theTextsHoldNoSecretAndAskForNone() {
        assertThat(Credentials.password(secret)).hasToString("password");
        assertThat(Credentials.privateKey(Path.of("/k"), secret)).hasToString("private key /k");
        TunnelSpec spec = TunnelSpec.builder("t")
                .gateway("u@h")
                .credentials(Credentials.password(secret), Credentials.privateKey(Path.of("/k"), secret))
                .forward(Forward.local("db", 1))
                .build();
        assertThat(spec + " " + spec.credentials()).doesNotContain("s3cret");
        assertThat(asked).hasValue(0);
    }

    @Test
    void theSupplierGivenIsTheOneAsked() {
        assertThat(Credentials.password(secret).supplier()).isSameAs(secret);
    }

    @Test
    void anEmptyPathIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Credentials.privateKey(Path.of("")))
                .withMessage("path: '' is empty; give a file");
    }

    @Test
    void aMissingSupplierIsRefusedWhereItIsGiven() {
        assertThatNullPointerException()
                .isThrownBy(() -> Credentials.password(null))
                .withMessage("password");
        assertThatNullPointerException()
                .isThrownBy(() -> Credentials.privateKey(Path.of("/k"), null))
                .withMessage("passphrase");
    }
}
