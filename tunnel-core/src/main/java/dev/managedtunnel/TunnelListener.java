package dev.managedtunnel;

/**
 * Is told what happens to a tunnel: one call at a time, in the order of events, on a thread of the tunnel's that serves
 * nothing else. What it throws is logged and harms nothing; a slow listener delays only later events, and misses events of failed connections when 1,000 events wait for it.
 */
@FunctionalInterface
public interface TunnelListener {
    /** Something happened. New kinds of events may come with later versions, so give a {@code switch} a default. */
    void onEvent(TunnelEvent event);
}
