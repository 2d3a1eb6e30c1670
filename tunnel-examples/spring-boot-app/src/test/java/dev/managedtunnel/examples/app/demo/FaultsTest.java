package dev.managedtunnel.examples.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.ComponentScan;

class FaultsTest {
    @ComponentScan
    static class Everything {}

    @Test
    void withoutTheProfileThereIsNothingToBreakThingsWith() {
        new ApplicationContextRunner().withUserConfiguration(Everything.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context)
                    .doesNotHaveBean(Faults.class)
                    .doesNotHaveBean(FaultsController.class)
                    .doesNotHaveBean(Customers.class)
                    .doesNotHaveBean(Welcome.class);
        });
    }
}
