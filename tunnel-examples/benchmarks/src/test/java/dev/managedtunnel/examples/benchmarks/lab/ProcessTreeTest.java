package dev.managedtunnel.examples.benchmarks.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ProcessTreeTest {
    private final ProcessTree self = new ProcessTree(ProcessHandle.current().pid());

    @Test
    void theTimeOfAChildThatHasEndedCounts() throws IOException, InterruptedException {
        double before = self.cpuSeconds();
        Process child = new ProcessBuilder("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done").start();

        assertThat(child.waitFor()).isZero();

        assertThat(self.cpuSeconds() - before).isGreaterThanOrEqualTo(0.05);
    }

    @Test
    void memoryAndThreadsAreThoseOfTheProcess() {
        assertThat(self.residentKib()).isGreaterThan(10_000);
        assertThat(self.threads()).isGreaterThan(5);
    }

    @Test
    void aProcessThatIsGoneTakesNothing() {
        assertThat(new ProcessTree(Long.MAX_VALUE).cpuSeconds()).isZero();
    }
}
