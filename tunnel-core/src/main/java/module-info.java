/**
 * SSH tunnels that an application keeps up by itself.
 *
 * <p>Everything that an application needs is in {@link dev.managedtunnel}. Metrics are in
 * {@link dev.managedtunnel.micrometer}, which needs Micrometer at run time; the rest of the module does not.
 */
@org.jspecify.annotations.NullMarked
module dev.managedtunnel.core {
    requires com.jcraft.jsch;
    requires dev.failsafe.core;
    requires org.slf4j;
    requires static micrometer.core;
    requires static org.jspecify;

    exports dev.managedtunnel;
    exports dev.managedtunnel.micrometer;
}
