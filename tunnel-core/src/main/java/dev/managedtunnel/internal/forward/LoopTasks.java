package dev.managedtunnel.internal.forward;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a loop has been told to do, in order. An exception of a task ends that task only. Thread-safe, but for the two that
 * run tasks.
 */
final class LoopTasks {
    private static final Logger LOG = LoggerFactory.getLogger(LoopTasks.class);
    private static final int PER_ROUND = 1024;

    private final String loop;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** @param loop its name */
    LoopTasks(String loop) {
        this.loop = loop;
    }

    void add(Runnable task) {
        tasks.add(task);
    }

    /** False when it has been run, or is running. */
    boolean remove(Runnable task) {
        return tasks.remove(task);
    }

    boolean isEmpty() {
        return tasks.isEmpty();
    }

    /** Runs a bounded number of them, so that tasks can't keep the sockets waiting; false when none is left. */
    boolean run() {
        for (int i = 0; i < PER_ROUND; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                return false;
            }
            try {
                task.run();
            } catch (RuntimeException bug) {
                LOG.error("{}: a task failed", loop, bug);
            }
        }
        return true;
    }

    /** Runs those of a loop that has ended. They find everything closed, but they may hold something to close. */
    void runLast() {
        try {
            while (run()) {
                // the next ones
            }
        } catch (Throwable thrown) {
            LOG.error("{}: could not clean up", loop, thrown);
        }
    }
}
