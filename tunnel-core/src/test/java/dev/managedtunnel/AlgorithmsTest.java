package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a list may look like is checked where it is set, which names there are when a specification is built. */
class AlgorithmsTest {
    private static final List<BiFunction<Algorithms, String, Algorithms>> SETTERS = List.of(
            Algorithms::keyExchange,
            Algorithms::hostKeys,
            Algorithms::publicKeys,
            Algorithms::ciphers,
            Algorithms::macs);

    private static TunnelSpec spec(Algorithms algorithms) {
        return TunnelSpec.builder("t")
                .gateway("u@h")
                .credentials(Credentials.agent())
                .forward(Forward.local("db", 1))
                .algorithms(algorithms)
                .build();
    }

    @Test
    void eachListIsKeptByItself() {
        Algorithms all = Algorithms.defaults()
                .keyExchange("+diffie-hellman-group14-sha1")
                .hostKeys("+ssh-rsa")
                .publicKeys("ssh-ed25519")
                .ciphers("^aes256-ctr")
                .macs("-*512*");
        assertThat(all.keyExchange()).contains("+diffie-hellman-group14-sha1");
        assertThat(all.hostKeys()).contains("+ssh-rsa");
        assertThat(all.publicKeys()).contains("ssh-ed25519");
        assertThat(all.ciphers()).contains("^aes256-ctr");
        assertThat(all.macs()).contains("-*512*");
        assertThat(all)
                .hasToString("algorithms: key exchange +diffie-hellman-group14-sha1, host keys +ssh-rsa, public keys "
                        + "ssh-ed25519, ciphers ^aes256-ctr, MACs -*512*");
        assertThat(spec(all).algorithms()).isEqualTo(all).isNotEqualTo(Algorithms.defaults());
        assertThat(Algorithms.defaults().publicKeys()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "a,", ",a", "a b", "+a*", "!a", "a\n"})
    void whatIsNoListIsRefusedWhereItIsSet(String list) {
        for (BiFunction<Algorithms, String, Algorithms> setter : SETTERS) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setter.apply(Algorithms.defaults(), list))
                    .withMessageContaining("is no list of algorithms");
        }
    }

    @Test
    void aNameThatDoesNotExistIsRefusedWithThoseThatDo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(Algorithms.defaults().ciphers("aes128-ctr,aes1024-ctr")))
                .withMessageStartingWith(
                        "ciphers: 'aes128-ctr,aes1024-ctr' has no algorithm of this kind: 'aes1024-ctr'; "
                                + "there are aes128-gcm@openssh.com, aes256-gcm@openssh.com, ");
        for (BiFunction<Algorithms, String, Algorithms> setter : SETTERS) {
            for (String list : new String[] {"nonsense", "+nonsense", "^nonsense"}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> spec(setter.apply(Algorithms.defaults(), list)))
                        .withMessageContaining("'nonsense'");
            }
            // As in OpenSSH: what is not there may be taken away.
            spec(setter.apply(Algorithms.defaults(), "-nonsense"));
        }
    }

    @Test
    void noCipherIsNoCipher() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(Algorithms.defaults().ciphers("+none")))
                .withMessageContaining("'none'");
    }

    @Test
    void aListThatLeavesNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(Algorithms.defaults().macs("-hmac-*")))
                .withMessageStartingWith(
                        "MACs: '-hmac-*' leaves none that this library can do; there are hmac-sha2-256-etm@openssh.com, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(Algorithms.defaults().macs("umac-128-etm@openssh.com")))
                .withMessageContaining("leaves none that this library can do");
        spec(Algorithms.defaults().macs("umac-128-etm@openssh.com,hmac-sha2-256"));
    }
}
