package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Proxy;
import java.io.IOException;

/**
 * Lets a proxy connect. Not by JSch's own classes, which say of a failure little more than that there was one, read what
 * a proxy sends without a limit, keep its password for good, and know no IPv6 addresses.
 */
final class ProxyDialler implements Dialler {
    private final Proxy proxy;
    private final Endpoint.Tcp target;
    private final Connector connector;
    private final Asking asking;
    private volatile boolean asked;

    /** @param connector to the proxy */
    ProxyDialler(Proxy proxy, Endpoint.Tcp target, Connector connector, Asking asking) {
        this.proxy = proxy;
        this.target = target;
        this.connector = connector;
        this.asking = asking;
    }

    @Override
    public Carrier dial(Gate gate) throws IOException {
        Carrier carrier = connector.dial(gate);
        asked = true;
        ProxyTalk talk = new ProxyTalk(proxy, target, carrier, asking);
        if (proxy.kind() == Proxy.Kind.HTTP) {
            new HttpProxyTalk(talk).connect();
        } else {
            new Socks5Talk(talk).connect();
        }
        return carrier;
    }

    @Override
    public String host() {
        return connector.host();
    }

    @Override
    public String tell(String what) {
        return proxy + ": " + (asked ? "it accepted the connection, but then " : "") + what;
    }
}
