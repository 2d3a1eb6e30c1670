package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelSpecTest {
    private static final Credentials KEY = Credentials.privateKey(Path.of("/keys/id_ed25519"));
    private static final TunnelListener IGNORE = event -> {};

    private static TunnelSpec.Builder complete() {
        return TunnelSpec.builder("orders-db")
                .gateway("deploy@bastion:22")
                .credentials(KEY)
                .forward(Forward.local("db", 5432));
    }

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        TunnelSpec spec = complete().build();
        assertThat(spec.hostKeys()).isInstanceOf(HostKeys.KnownHosts.class);
        assertThat(spec.keepAlive()).hasToString("every PT10S, 3 missed");
        assertThat(spec.parking()).hasToString("up to 256 for at most PT30S");
        assertThat(spec.restart()).hasToString(RestartPolicy.builder().build().toString());
        assertThat(spec.connectTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(spec.maxWindow()).isEqualTo(16 * 1024 * 1024);
        assertThat(spec.listeners()).isEmpty();
        assertThat(TunnelSpec.DEFAULT_OPEN_TIMEOUT).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void holdsWhatWasGivenInTheOrderInWhichItWasGiven() {
        Credentials password = Credentials.password(() -> new char[0]);
        Forward replica = Forward.local("db2", 5432).named("replica");
        TunnelSpec spec = complete()
                .credentials(password)
                .forward(replica)
                .listener(IGNORE)
                .build();
        assertThat(spec.name()).isEqualTo("orders-db");
        assertThat(spec.gateways()).containsExactly(Gateway.of("deploy", "bastion", 22));
        assertThat(spec.credentials()).containsExactly(KEY, password);
        assertThat(spec.forwards()).containsExactly(Forward.local("db", 5432), replica);
        assertThat(spec.listeners()).containsExactly(IGNORE);
        assertThat(spec)
                .hasToString("orders-db via deploy@bastion:22"
                        + " [127.0.0.1:0 -> db:5432, replica 127.0.0.1:0 -> db2:5432]");
    }

    @Test
    void aBuilderMadeFromASpecificationBuildsTheSame() {
        TunnelSpec spec = complete()
                .hostKeys(HostKeys.insecureAcceptAny())
                .keepAlive(KeepAlive.every(Duration.ofSeconds(1)).missed(7))
                .restart(RestartPolicy.builder().maxStarts(3).build())
                .parking(Parking.off())
                .redundancy(3)
                .failover(FailoverPolicy.builder().failAfter(5).build())
                .connectTimeout(Duration.ofSeconds(2))
                .probe(Probe.echoLoop())
                .listener(IGNORE)
                .build();
        assertThat(spec.toBuilder().build()).usingRecursiveComparison().isEqualTo(spec);
    }

    @Test
    void gatewaysKeepTheirOrderOfPreference() {
        TunnelSpec spec = complete().gateway("root@elsewhere").build();
        assertThat(spec.gateways()).hasToString("[deploy@bastion:22, root@elsewhere:22]");
        assertThat(spec.toString()).startsWith("orders-db via [deploy@bastion:22, root@elsewhere:22] ");
    }

    @Test
    void onABuilderFromASpecificationTheFirstGatewayReplacesThoseThere() {
        TunnelSpec.Builder builder = complete().build().toBuilder();
        assertThat(builder.gateway("root@elsewhere").build().gateways()).hasToString("[root@elsewhere:22]");
        assertThat(builder.gateway("deploy@bastion").build().gateways())
                .hasToString("[root@elsewhere:22, deploy@bastion:22]");
    }

    @Test
    void aGatewayIsGivenOnceUnlessByAnotherWay() throws Exception {
        Gateway there = Gateway.parse("deploy@bastion");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> complete().gateway(there))
                .withMessage("gateway: 'deploy@bastion:22' is there already; leave it out, or give it another "
                        + "bindAddress, proxy or jump host");
        assertThat(complete()
                        .gateway(there.bindAddress(InetAddress.getByName("10.0.0.2")))
                        .build()
                        .gateways())
                .hasSize(2);
    }

    @Test
    void redundancyHasARangeAndFitsTheStarts() {
        assertThat(complete().build().redundancy()).isEqualTo(1);
        assertThat(complete().redundancy(8).build().toBuilder().build().redundancy())
                .isEqualTo(8);
        for (int wrong : new int[] {0, 9}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> complete().redundancy(wrong))
                    .withMessage("redundancy: '" + wrong + "' is out of range; give 1 to 8");
        }
        TunnelSpec.Builder tooFew = complete()
                .redundancy(3)
                .restart(RestartPolicy.builder().maxStarts(2).build());
        assertThatIllegalArgumentException()
                .isThrownBy(tooFew::build)
                .withMessage("restart maxStarts: '2' is below redundancy 3; raise it, or keep fewer");
    }

    @Test
    void aSpecificationIsASnapshotOfItsBuilder() {
        TunnelSpec.Builder builder = complete();
        TunnelSpec before = builder.build();
        builder.credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("db2", 5432))
                .listener(IGNORE)
                .parking(Parking.off())
                .build();
        assertThat(before).usingRecursiveComparison().isEqualTo(complete().build());
    }

    @Test
    void aBuilderMadeFromASpecificationDoesNotChangeIt() {
        TunnelSpec spec = complete().build();
        spec.toBuilder().forward(Forward.local("db2", 5432)).credentials(KEY).listener(IGNORE);
        assertThat(spec).usingRecursiveComparison().isEqualTo(complete().build());
    }

    @Test
    void itsListsCanNotBeChanged() {
        TunnelSpec spec = complete().listener(IGNORE).build();
        for (List<?> list :
                List.of(spec.gateways(), spec.credentials(), spec.forwards(), spec.probes(), spec.listeners())) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(list::clear);
        }
    }

    @Test
    void aMissingPartIsNamedWithTheCallThatGivesIt() {
        TunnelSpec.Builder builder = TunnelSpec.builder("orders-db");
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage("tunnel 'orders-db' has no gateway; call gateway(\"user@host\")");
        builder.gateway("deploy@bastion");
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage(
                        "tunnel 'orders-db' has no credentials; call" + " credentials(Credentials.privateKey(path))");
        builder.credentials(KEY);
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage("tunnel 'orders-db' has no forward; call forward(Forward.local(host, port))");
        assertThat(builder.forward(Forward.local("db", 5432)).build()).isNotNull();
    }

    @Test
    void noCredentialsGivenIsNoCredentials() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        TunnelSpec.builder("t").gateway("u@h").credentials().build())
                .withMessageStartingWith("tunnel 't' has no credentials;");
    }

    @Test
    void credentialsMayAllBeThoseOfTheHops() {
        TunnelSpec.Builder builder = TunnelSpec.builder("t").forward(Forward.local("db", 5432));
        Gateway own = Gateway.parse("deploy@bastion").credentials(KEY);
        assertThat(builder.gateway(own).build().credentials()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.build().toBuilder()
                        .gateway(own.via(Gateway.parse("jump@edge")))
                        .build())
                .withMessageStartingWith("tunnel 't' has no credentials;");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "orders db", "orders/db", "übung", "orders\ndb", "a:b", "{}"})
    void aNameThatIsNoneForThreadsAndMetricsIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TunnelSpec.builder(name))
                .withMessageStartingWith("tunnel name: '")
                .withMessageEndingWith("' is not 1 to 64 letters, digits, '.', '_' or '-'; rename it")
                .withMessageNotContaining("\n");
    }

    @Test
    void aNameHasAtMost64Characters() {
        assertThat(TunnelSpec.builder("n".repeat(64))).isNotNull();
        assertThatIllegalArgumentException().isThrownBy(() -> TunnelSpec.builder("n".repeat(65)));
    }

    @Test
    void twoForwardsOfOneNameAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> complete().forward(Forward.local("db", 5432).listenOn(15432)))
                .withMessage("forward name: 'db:5432' is taken; tell them apart with named(...)");
    }

    @Test
    void twoProbesOfOneNameAreRefusedAndSoIsTheSeventeenth() {
        TunnelSpec.Builder builder = complete().probe(Probe.connect("db", 5432));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.probe(Probe.connect("db", 5432)))
                .withMessage("probe name: 'connect db:5432' is taken; tell them apart with named(...)");
        for (int i = 2; i <= 16; i++) {
            builder.probe(Probe.echoLoop().named("loop" + i));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.probe(Probe.echoLoop()))
                .withMessage("probe: 'echo-loop' is one more than the 16 allowed; leave one out");
        assertThat(builder.build().probes()).hasSize(16);
    }

    @Test
    void twoForwardsOnOneListenerAreRefused() {
        TunnelSpec.Builder ports = complete()
                .forward(Forward.local("a", 1).listenOn(15432))
                .forward(Forward.local("b", 1).listenOn(15432));
        assertThatIllegalArgumentException()
                .isThrownBy(ports::build)
                .withMessage("forward listener: '127.0.0.1:15432' is asked for by two forwards; change one");
        TunnelSpec.Builder sockets = complete()
                .forward(Forward.local("a", 1).listenOn(Path.of("/tmp/x.sock")))
                .forward(Forward.local("b", 1).listenOn(Path.of("/tmp/x.sock")));
        assertThatIllegalArgumentException()
                .isThrownBy(sockets::build)
                .withMessage("forward listener: '/tmp/x.sock' is asked for by two forwards; change one");
    }

    @Test
    void manyForwardsMayHaveAnyFreePort() {
        assertThat(complete().forward(Forward.local("db2", 5432)).build().forwards())
                .hasSize(2);
    }

    @Test
    void refusesAWindowOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> complete().maxWindow(65_536))
                .withMessage("maxWindow: '65536' is out of range; give 2097152 to 268435456");
        assertThat(complete().maxWindow(4_000_000).build().toBuilder().build().maxWindow())
                .isEqualTo(4_000_000);
    }

    @Test
    void aConnectTimeoutOutOfRangeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> complete().connectTimeout(Duration.ofMillis(99)))
                .withMessage("connectTimeout: 'PT0.099S' is out of range; give PT0.1S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> complete().connectTimeout(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void nullIsRefusedWhereItIsGivenAndNotWhenTheTunnelOpens() {
        TunnelSpec.Builder builder = complete();
        assertThatNullPointerException()
                .isThrownBy(() -> builder.gateway((Gateway) null))
                .withMessage("gateway");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.hostKeys(null))
                .withMessage("hostKeys");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.keepAlive(null))
                .withMessage("keepAlive");
        assertThatNullPointerException().isThrownBy(() -> builder.restart(null)).withMessage("restart");
        assertThatNullPointerException().isThrownBy(() -> builder.parking(null)).withMessage("parking");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.listener(null))
                .withMessage("listener");
    }
}
