import org.jspecify.annotations.NullMarked;

/**
 * Managed Tunnel: SSH tunnels that keep themselves up inside an application.
 */
@NullMarked
module dev.managedtunnel.core {
    requires com.jcraft.jsch;
    requires dev.failsafe.core;
    requires org.slf4j;
    requires static org.jspecify;
    requires static jdk.jfr;
    requires static micrometer.commons;
    requires static micrometer.core;
    requires static micrometer.observation;

    exports dev.managedtunnel;
    exports dev.managedtunnel.jdbc;
    exports dev.managedtunnel.micrometer;
}
