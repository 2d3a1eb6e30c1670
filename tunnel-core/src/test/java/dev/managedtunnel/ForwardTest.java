package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardTest {
    private final Forward.Local local = Forward.local("db.internal", 5432);

    @Test
    void aLocalForwardListensOnAFreeLoopbackPortAndIsNamedAfterItsTarget() {
        assertThat(local.name()).isEqualTo("db.internal:5432");
        assertThat(local.listen()).contains(Endpoint.tcp("127.0.0.1", 0));
        assertThat(local.target()).isEqualTo(Endpoint.tcp("db.internal", 5432));
        assertThat(local).hasToString("127.0.0.1:0 -> db.internal:5432");
    }

    @Test
    void aPortAloneStaysOnLoopback() {
        assertThat(local.listenOn(15432).listen()).contains(Endpoint.tcp("127.0.0.1", 15432));
    }

    @Test
    void anAddressIsTakenAsItIs() {
        assertThat(local.listenOn("0.0.0.0", 15432).listen()).contains(Endpoint.tcp("0.0.0.0", 15432));
        assertThat(local.listenOn("::1", 0).listen()).get().hasToString("[::1]:0");
    }

    @Test
    void oneForUseInProcessOnlyListensNowhere() {
        Forward.Local hidden = local.named("orders").inProcessOnly();
        assertThat(hidden.listen()).isEmpty();
        assertThat(hidden).hasToString("orders in-process -> db.internal:5432").isNotEqualTo(local.named("orders"));
        assertThat(hidden.named("other").listen()).isEmpty();
        assertThat(hidden.listenOn(15432).listen()).contains(Endpoint.tcp("127.0.0.1", 15432));
    }

    @Test
    void changesMakeCopies() {
        Forward.Local changed = local.named("orders").listenOn(15432);
        assertThat(changed).hasToString("orders 127.0.0.1:15432 -> db.internal:5432");
        assertThat(local).hasToString("127.0.0.1:0 -> db.internal:5432");
    }

    @Test
    void forwardsAreEqualByNameListenerAndTarget() {
        Forward.Local same = Forward.local(Endpoint.tcp("db.internal", 5432));
        assertThat(local).isEqualTo(same).hasSameHashCodeAs(same);
        assertThat(local)
                .isNotEqualTo(same.named("orders"))
                .isNotEqualTo(same.listenOn(1))
                .isNotEqualTo(Forward.local("db.internal", 5433).named("db.internal:5432"))
                .isNotEqualTo(local.toString());
    }

    @Test
    void aTargetMayBeASocket() {
        Forward.Local socket = Forward.local(Endpoint.unixSocket("/run/pg.sock"));
        assertThat(socket.name()).isEqualTo("/run/pg.sock");
        assertThat(socket).hasToString("127.0.0.1:0 -> /run/pg.sock");
    }

    @Test
    void aListenersSocketPathIsMadeAbsoluteAndItsTildeExpanded() {
        assertThat(local.listenOn(Path.of("~/pg.sock")).listen())
                .contains(Endpoint.unixSocket(System.getProperty("user.home") + "/pg.sock"));
        assertThat(local.listenOn(Path.of("pg.sock")).listen())
                .contains(
                        Endpoint.unixSocket(Path.of("pg.sock").toAbsolutePath().toString()));
    }

    @Test
    void anEmptySocketPathIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> local.listenOn(Path.of("")))
                .withMessage("path: '' is empty; give a file");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65_536})
    void aTargetPortOutOfRangeIsRefused(int port) {
        String message = "target port: '" + port + "' is out of range; give 1 to 65535";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.local("db", port))
                .withMessage(message);
    }

    @Test
    void aTargetEndpointNeedsAPort() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.local(Endpoint.tcp("db", 0)))
                .withMessage("target port: '0' is out of range; give 1 to 65535");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void aListenersPortOutOfRangeIsRefused(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> local.listenOn(port))
                .withMessage("port: '" + port + "' is out of range; give 0 to 65535");
    }

    @Test
    void sshsStarForAllAddressesIsTakenWhereSomethingListensOnly() {
        assertThat(local.listenOn("*", 15432).listen()).contains(Endpoint.tcp("*", 15432));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Forward.local("*", 5432))
                .withMessageStartingWith("target host: '*' is no host; give a name or an address");
    }

    @Test
    void aNameThatWouldBreakLogsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> local.named(""))
                .withMessage("forward name: '' is empty; give a value");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> local.named("orders\ndb"))
                .withMessage("forward name: 'orders?db' holds a control character; remove it");
    }
}
