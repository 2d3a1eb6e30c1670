package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayTest {
    private static final String NO_HOST =
            "is no host; give a name or an address, without port, user, brackets or spaces";

    @ParameterizedTest
    @CsvSource({
        "deploy@bastion.example.com, deploy, bastion.example.com, 22",
        "deploy@bastion:2222, deploy, bastion, 2222",
        "deploy@10.1.2.3:1, deploy, 10.1.2.3, 1",
        "deploy@[::1], deploy, ::1, 22",
        "deploy@[2001:db8::7]:65535, deploy, 2001:db8::7, 65535",
        "deploy@2001:db8::7, deploy, 2001:db8::7, 22",
        "deploy@[fe80::1%eth0]:22, deploy, fe80::1%eth0, 22",
        "deploy@::ffff:10.1.2.3, deploy, ::ffff:10.1.2.3, 22",
        "deploy@0:0:0:0:0:ffff:10.1.2.3, deploy, 0:0:0:0:0:ffff:10.1.2.3, 22",
        "deploy@1:2:3:4:5:6:7:8, deploy, 1:2:3:4:5:6:7:8, 22",
        "deploy@[bastion]:22, deploy, bastion, 22",
        "jane@corp.example@bastion:22, jane@corp.example, bastion, 22",
        "Jane Doe@bastion, Jane Doe, bastion, 22",
        "deploy@bücher.example, deploy, bücher.example, 22",
        "deploy@under_score.internal., deploy, under_score.internal., 22",
    })
    void isReadAsOpenSshWritesIt(String text, String user, String host, int port) {
        Gateway gateway = Gateway.parse(text);
        assertThat(gateway.user()).isEqualTo(user);
        assertThat(gateway.host()).isEqualTo(host);
        assertThat(gateway.port()).isEqualTo(port);
    }

    @Test
    void withoutAUserItIsThatOfThisProcess() {
        assertThat(Gateway.parse("bastion:2222"))
                .isEqualTo(Gateway.of(System.getProperty("user.name"), "bastion", 2222));
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy@bastion:22", "deploy@[::1]:2222", "deploy@10.0.0.1:22"})
    void itsTextCanBeReadAgain(String text) {
        assertThat(Gateway.parse(text)).hasToString(text);
        assertThat(Gateway.parse(Gateway.parse(text).toString())).isEqualTo(Gateway.parse(text));
    }

    @Test
    void gatewaysAreEqualByUserHostAndPort() {
        Gateway gateway = Gateway.of("deploy", "bastion", 22);
        assertThat(gateway)
                .isEqualTo(Gateway.parse("deploy@bastion"))
                .hasSameHashCodeAs(Gateway.parse("deploy@bastion"));
        assertThat(gateway)
                .isNotEqualTo(Gateway.of("root", "bastion", 22))
                .isNotEqualTo(Gateway.of("deploy", "bastion2", 22))
                .isNotEqualTo(Gateway.of("deploy", "bastion", 23))
                .isNotEqualTo("deploy@bastion:22");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|gateway: '' is empty; give a value",
                "'  '|gateway: '  ' is empty; give a value",
                "deploy@|gateway: 'deploy@' has no host; write user@host:22",
                "@|gateway: '@' has no user; write user@host:22",
                "@bastion|gateway: '@bastion' has no user; write user@host:22",
                "deploy@:22|gateway host: '' is empty; give a value",
                "deploy@[]:22|gateway host: '' is empty; give a value",
                "deploy@[::1|gateway: 'deploy@[::1' has no closing ']'; write user@[::1]:22",
                "deploy@[::1]22|gateway: 'deploy@[::1]22' has '22' behind the address; write user@[::1]:22",
                "deploy@[::1]:|gateway: 'deploy@[::1]:' has the port ''; give a number from 1 to 65535",
                "deploy@bastion:|gateway: 'deploy@bastion:' has the port ''; give a number from 1 to 65535",
                "deploy@bastion:abc|gateway: 'deploy@bastion:abc' has the port 'abc'; give a number from 1 to 65535",
                "deploy@bastion:-1|gateway: 'deploy@bastion:-1' has the port '-1'; give a number from 1 to 65535",
                "deploy@bastion:+22|gateway: 'deploy@bastion:+22' has the port '+22'; give a number from 1 to 65535",
                "deploy@bastion:٢٢|gateway: 'deploy@bastion:٢٢' has the port '٢٢'; give a number from 1 to 65535",
                "deploy@bastion:22 |gateway: 'deploy@bastion:22 ' has the port '22 '; give a number from 1 to 65535",
                "deploy@b:4294967318|gateway: 'deploy@b:4294967318' has the port '4294967318'; give a number from 1 to 65535",
                "deploy@bastion:0|gateway port: '0' is out of range; give 1 to 65535",
                "deploy@bastion:65536|gateway port: '65536' is out of range; give 1 to 65535",
                "' deploy@bastion'|gateway user: ' deploy' begins or ends with a space; remove it",
            },
            ignoreLeadingAndTrailingWhitespace = false)
    void nonsenseIsRefusedWithARemedy(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.parse(text))
                .withMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "a:b:c", "::1]", "a,b", "*", "a\u00a0b", ":::x", "host?"})
    void whatIsNoHostIsRefused(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.of("deploy", host, 22))
                .withMessage("gateway host: '" + host + "' " + NO_HOST);
    }

    @Test
    void aHostWithItsPortIsRefusedAsAHost() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.of("deploy", "bastion:22", 22))
                .withMessage("gateway host: 'bastion:22' " + NO_HOST);
    }

    @Test
    void controlCharactersAreRefusedAndDoNotReachALogThroughTheText() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.parse("deploy@bastion\r\nroot@evil"))
                .withMessage("gateway: 'deploy@bastion??root@evil' holds a control character; remove it");
    }

    @Test
    void aUrlIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.parse("ssh://deploy@bastion:22"))
                .withMessage("gateway: it is no URL; write user@host:22, without a scheme");
    }

    @Test
    void aPasswordInTheTextIsRefusedAndNotShown() {
        Throwable refused = catchThrowable(() -> Gateway.parse("deploy:s3cret@bastion:22"));
        assertThat(refused)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gateway: its user holds a ':'; write user@host:22 and give a password as"
                        + " Credentials.password(...), or call Gateway.of when the name really has one")
                .hasMessageNotContaining("s3cret");
        assertThat(catchThrowable(() -> Gateway.parse("ssh://deploy:s3cret@bastion")))
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void aUserMayHoldAColonWhenGivenAsAUser() {
        assertThat(Gateway.of("deploy:target", "bastion", 22).user()).isEqualTo("deploy:target");
    }

    @Test
    void aProxyUserThatItsProtocolCantSayIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Proxy.http("proxy", 3128).credentials("a:b", () -> new char[0]))
                .withMessage(
                        "proxy user: 'a:b' holds a ':', which Basic authentication can't say; choose another user");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Proxy.socks5("proxy", 1080).credentials("ü".repeat(128), () -> new char[0]))
                .withMessageContaining("is longer than the 255 bytes of SOCKS5");
        assertThat(Proxy.socks5("proxy", 1080)
                        .credentials("a:b", () -> new char[0])
                        .user())
                .contains("a:b");
    }

    @Test
    void anEmptyUserIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gateway.of("", "bastion", 22))
                .withMessage("gateway user: '' is empty; give a value");
    }
}
