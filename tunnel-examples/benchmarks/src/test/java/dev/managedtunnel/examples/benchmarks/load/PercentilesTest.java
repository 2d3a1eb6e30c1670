package dev.managedtunnel.examples.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PercentilesTest {
    @Test
    void ofAHundredTheFiftiethTheNinetyNinthAndTheLast() {
        Percentiles percentiles = new Percentiles(200);
        for (int micros = 100; micros >= 1; micros--) {
            percentiles.add(micros * 1000L);
        }

        assertThat(percentiles.figures()).hasToString("p50=50 p99=99 max=100");
    }

    @Test
    void figuresTravelAsText() {
        String text = "p50=0.25 bytes=1073741824";

        assertThat(Figures.parse(text)).hasToString(text);
        assertThat(Figures.parse(text).whole("bytes")).isEqualTo(1 << 30);
        assertThat(Figures.parse("")).hasToString("");
    }
}
