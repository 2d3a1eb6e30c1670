package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.JSch;
import org.junit.jupiter.api.Test;

/** The tests run inside the real module, so that a missing {@code requires} is seen here and not by a user. */
class ModuleTest {
    private final Module core = TunnelState.class.getModule();

    @Test
    void theLibraryIsANamedModuleThatExportsItsApiOnly() {
        assertThat(core.getName()).isEqualTo("dev.managedtunnel.core");
        assertThat(core.getDescriptor().exports())
                .allMatch(exports -> !exports.isQualified())
                .extracting(exports -> exports.source())
                .containsExactlyInAnyOrder(
                        "dev.managedtunnel", "dev.managedtunnel.jdbc", "dev.managedtunnel.micrometer");
    }

    @Test
    void theTestsOpenJschToTheLibraryAsTheReadmeTellsUsersTo() {
        Module jsch = JSch.class.getModule();
        assertThat(jsch.getName()).isEqualTo("com.jcraft.jsch");
        assertThat(jsch.isOpen("com.jcraft.jsch", core)).isTrue();
    }
}
