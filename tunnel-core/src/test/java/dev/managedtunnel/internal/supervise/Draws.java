package dev.managedtunnel.internal.supervise;

import java.time.Duration;
import java.util.SplittableRandom;

/** What a simulation draws from its seed. */
final class Draws {
    private final SplittableRandom random;

    Draws(SplittableRandom random) {
        this.random = random;
    }

    /** Independent of this one, so that one part of a world may draw more without changing the others. */
    Draws split() {
        return new Draws(random.split());
    }

    SplittableRandom random() {
        return random;
    }

    boolean oneIn(int several) {
        return random.nextInt(several) == 0;
    }

    boolean percent(int share) {
        return random.nextInt(100) < share;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    double share() {
        return random.nextDouble();
    }

    /** Evenly between nothing and that. */
    Duration upTo(Duration most) {
        return Duration.ofNanos((long) (random.nextDouble() * (double) most.toNanos()));
    }

    /** Each order of magnitude is as likely as any other. */
    Duration between(Duration least, Duration most) {
        double factor = (double) most.toNanos() / (double) least.toNanos();
        return times(least, Math.pow(factor, random.nextDouble()));
    }

    /** With that mean, and no memory of how long it has lasted. */
    Duration about(Duration mean) {
        return times(mean, -Math.log(1 - random.nextDouble()));
    }

    static Duration times(Duration time, double factor) {
        return Duration.ofNanos((long) ((double) time.toNanos() * factor));
    }

    static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
