package dev.managedtunnel.internal.forward;

import java.net.SocketException;

/**
 * Why a connection of this process broke; each thread that meets it gets an exception of its own.
 *
 * @param what in the system's words, which tools and people know
 * @param label whose connection it was
 * @param why what happened
 */
record SocketFailure(String what, String label, String why) {
    /** What a thread gets when another one has closed its socket. */
    static SocketException closed() {
        return new SocketException("Socket closed");
    }

    /** The same for a more precise reason. */
    SocketFailure because(String reason) {
        return new SocketFailure(what, label, reason);
    }

    SocketException toException() {
        return new SocketException(what + " (" + label + "): " + why);
    }
}
