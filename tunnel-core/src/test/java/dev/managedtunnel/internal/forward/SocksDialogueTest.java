package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.forward.SocksDialogue.Step;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SocksDialogueTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String DB = "02 64 62";
    private static final String EARLY = "48 45 4c 4c 4f";

    /** What a whole dialogue comes to: all answers, the target, and what was left for it. */
    private record Outcome(String answers, @Nullable Endpoint target, String early, String why) {}

    static Stream<Arguments> requests() {
        return Stream.of(
                Arguments.of("05 01 00  05 01 00 03 " + DB + " 15 38", "0500", Endpoint.tcp("db", 5432)),
                Arguments.of("05 03 02 01 00  05 01 00 01 0a 00 00 07 00 16", "0500", Endpoint.tcp("10.0.0.7", 22)),
                Arguments.of(
                        "05 01 00  05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 01 bb",
                        "0500",
                        Endpoint.tcp("2001:db8::1", 443)),
                Arguments.of("04 01 00 50 7f 00 00 01 00", "", Endpoint.tcp("127.0.0.1", 80)),
                Arguments.of("04 01 00 50 7f 00 00 01 6d 65 00", "", Endpoint.tcp("127.0.0.1", 80)),
                Arguments.of("04 01 15 38 00 00 00 07 6d 65 00 64 62 00", "", Endpoint.tcp("db", 5432)),
                Arguments.of("04 01 15 38 00 00 00 01 00 64 62 00", "", Endpoint.tcp("db", 5432)));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aRequestIsUnderstoodHoweverItsBytesArriveAndNothingBehindItIsLost(
            String hex, String answers, Endpoint target) {
        byte[] all = bytes(hex + EARLY);
        String early = EARLY.replace(" ", "");
        Outcome expected = new Outcome(answers, target, early, "");
        for (int first = 0; first <= all.length; first++) {
            for (int second = first; second <= all.length; second++) {
                assertThat(outcome(all, first, second))
                        .as("in pieces that end at %d and %d", first, second)
                        .isEqualTo(expected);
            }
        }
        assertThat(outcome(all, every(all.length))).isEqualTo(expected);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of("05 01 02", "05ff", "insists on authentication (SOCKS5 methods [2])"),
                Arguments.of("05 00", "05ff", "insists on authentication (SOCKS5 methods [])"),
                Arguments.of(
                        "05 01 00  05 02 00 01 7f 00 00 01 00 50",
                        "0500" + "05070001000000000000",
                        "asked for SOCKS command 2, BIND; only CONNECT (1) is supported"),
                Arguments.of(
                        "05 01 00  05 03 00 01 7f 00 00 01 00 50",
                        "0500" + "05070001000000000000",
                        "asked for SOCKS command 3, UDP ASSOCIATE; only CONNECT (1) is supported"),
                Arguments.of("05 01 00  05 01 00 02", "0500" + "05080001000000000000", "by address type 2"),
                Arguments.of(
                        "05 01 00  05 01 00 03 02 64 62 00 00",
                        "0500" + "05010001000000000000",
                        "asked for no target: target port: '0' is out of range"),
                Arguments.of("05 01 00  05 01 00 03 00 00 50", "0500" + "05010001000000000000", "host: '' is empty"),
                Arguments.of("05 01 00  05 01 00 03 01 2a 00 50", "0500" + "05010001000000000000", "'*' is no host"),
                Arguments.of("05 01 00  05 01 00 03 02 ff fe 00 50", "0500" + "05010001000000000000", "no target"),
                Arguments.of("05 01 00  05 01 00 03 02 0a 41 00 50", "0500" + "05010001000000000000", "'?A' holds"),
                Arguments.of("05 01 00  04 01", "0500", "began with the byte 4"),
                Arguments.of("04 02 00 50 7f 00 00 01 00", "005b000000000000", "SOCKS command 2, BIND"),
                Arguments.of("04 01 00 00 7f 00 00 01 00", "005b000000000000", "target port: '0'"),
                Arguments.of("47 45 54 20 2f", "", "it seems, HTTP"),
                Arguments.of("16 03 01", "", "but TLS"),
                Arguments.of("00", "", "began with the byte 0"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatCantBeServedIsRefusedInItsOwnProtocolAndExplained(String hex, String answers, String why) {
        byte[] all = bytes(hex);
        for (int cut = 0; cut <= all.length; cut++) {
            Outcome outcome = outcome(all, cut);
            assertThat(outcome.answers).isEqualTo(answers);
            assertThat(outcome.why).contains(why);
        }
        assertThat(outcome(all, every(all.length)).why).contains(why);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aPartOfARequestIsWaitedFor(String hex, String answers, Endpoint target) {
        byte[] all = bytes(hex);
        for (int length = 0; length < all.length; length++) {
            SocksDialogue dialogue = new SocksDialogue();
            dialogue.room().put(all, 0, length);
            Step step = dialogue.next();
            if (step instanceof Step.Say) {
                step = dialogue.next();
            }
            assertThat(step)
                    .as("%d bytes of the request for %s", length, target)
                    .isEqualTo(new Step.More());
            assertThat(dialogue.room().hasRemaining()).isTrue();
        }
    }

    @Test
    void aClientThatNeverComesToTheEndIsRefusedAtABound() {
        SocksDialogue dialogue = new SocksDialogue();
        dialogue.room().put(new byte[] {4, 1, 0, 80, 127, 0, 0, 1});
        while (dialogue.room().remaining() > 1) {
            dialogue.room().put((byte) 'x');
        }
        assertThat(dialogue.next()).isEqualTo(new Step.More());
        dialogue.room().put((byte) 'x');
        assertThat(dialogue.next())
                .isInstanceOfSatisfying(
                        Step.Refuse.class,
                        refused -> assertThat(refused.why())
                                .isEqualTo("the client asked for nothing in its first 1024 bytes"));
    }

    @Test
    void theLongestGreetingAndRequestFit() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(bytes("05 ff"));
        all.writeBytes(new byte[255]);
        all.writeBytes(bytes("05 01 00 03 ff"));
        String name = "a".repeat(255);
        all.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(bytes("00 50"));
        assertThat(outcome(all.toByteArray()).target).isEqualTo(Endpoint.tcp(name, 80));
    }

    static Stream<Arguments> addresses() {
        return Stream.of(
                Arguments.of("7f000001", "127.0.0.1"),
                Arguments.of("00000000000000000000000000000001", "::1"),
                Arguments.of("00000000000000000000000000000000", "::"),
                Arguments.of("20010db8000000000001000000000001", "2001:db8::1:0:0:1"),
                Arguments.of("20010000000000010000000000000001", "2001:0:0:1::1"),
                Arguments.of("fe800000000000000000000000000000", "fe80::"),
                Arguments.of("20010db8000100010001000100010001", "2001:db8:1:1:1:1:1:1"),
                Arguments.of("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
                Arguments.of("00000000000000000000ffff0a000001", "10.0.0.1"));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void addressesAreWrittenAsPeopleAndPermitOpenDo(String bytes, String text) {
        assertThat(SocksDialogue.literal(HEX.parseHex(bytes))).isEqualTo(text);
    }

    /** @param ends where pieces end, beside the end of all */
    private static Outcome outcome(byte[] all, int... ends) {
        SocksDialogue dialogue = new SocksDialogue();
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        int from = 0;
        for (int i = 0; i <= ends.length; i++) {
            int to = i < ends.length ? ends[i] : all.length;
            dialogue.room().put(all, from, to - from);
            from = to;
            Step step = dialogue.next();
            while (step instanceof Step.Say say) {
                answers.writeBytes(bytes(say.answer()));
                step = dialogue.next();
            }
            if (step instanceof Step.Connect wanted) {
                ByteArrayOutputStream early = new ByteArrayOutputStream();
                early.writeBytes(bytes(wanted.early()));
                early.write(all, from, all.length - from);
                return new Outcome(hex(answers), wanted.target(), hex(early), "");
            }
            if (step instanceof Step.Refuse refused) {
                answers.writeBytes(bytes(refused.answer()));
                return new Outcome(hex(answers), null, "", refused.why());
            }
        }
        return new Outcome(hex(answers), null, "", "it waits for more");
    }

    private static int[] every(int length) {
        int[] ends = new int[length];
        for (int i = 0; i < length; i++) {
            ends[i] = i + 1;
        }
        return ends;
    }

    private static byte[] bytes(String hex) {
        return HEX.parseHex(hex.replace(" ", ""));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static String hex(ByteArrayOutputStream bytes) {
        return HEX.formatHex(bytes.toByteArray());
    }
}
