package dev.managedtunnel.testing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One connection and what both of its ends are to say, driven by {@link Peers}. Each byte that comes is compared with
 * what the other side sends; an end that neither side's {@link TalkScript} allows is a problem too. Thread-safe.
 */
public final class Talk {

    private final int number;
    private final Peer client;
    private final Peer target;
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Talk> over = new CompletableFuture<>();
    private volatile boolean mayBreak;

    Talk(int number, Peers peers, TalkScript client, TalkScript target) {
        this.number = number;
        this.client = new Peer(this, "client", peers, client, target);
        this.target = new Peer(this, "target", peers, target, client);
        mayBreak = client.ending() == TalkScript.Ending.RESET || target.ending() == TalkScript.Ending.RESET;
    }

    int number() {
        return number;
    }

    /** The side that connected. */
    public Peer client() {
        return client;
    }

    /** The side that was connected to. */
    public Peer target() {
        return target;
    }

    /** Completes when both sides have ended, or at the first problem. */
    public CompletableFuture<Talk> over() {
        return over;
    }

    /** What went otherwise than the scripts say. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Waits until both sides have ended, and fails when anything went otherwise than the scripts say. */
    public void awaitWell(Duration limit) {
        Poll.until(limit, () -> "not over: " + this, over::isDone);
        if (!problems.isEmpty()) {
            throw new AssertionError(problems + " in " + this);
        }
    }

    /** From now on each side may see an end or an error at any time. What comes until then has to be right. */
    void allowBreak() {
        mayBreak = true;
    }

    boolean mayBreak() {
        return mayBreak;
    }

    void problem(String text) {
        problems.add(text);
        over.complete(this);
    }

    void ended() {
        if (client.hasEnded() && target.hasEnded()) {
            over.complete(this);
        }
    }

    @Override
    public String toString() {
        return "talk " + number + ": " + client + "; " + target;
    }
}
