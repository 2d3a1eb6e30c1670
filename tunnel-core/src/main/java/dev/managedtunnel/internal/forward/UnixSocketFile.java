package dev.managedtunnel.internal.forward;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a listening Unix socket: nobody else may connect at any moment, nothing that lives is replaced, and only
 * what is ours is deleted.
 *
 * <p>Binding makes a socket file with the mode that the process's umask leaves, which Java can't set. So it is bound in
 * a directory that only we may enter, given mode 0600 there, and then hard-linked to its path. Unlike a rename, a link
 * fails when the path is taken, so a file that appears in between is never overwritten.
 */
final class UnixSocketFile {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketFile.class);
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET_TYPE = 0140000;
    private static final int ATTEMPTS = 5;

    /** A socket that listens, and its file. */
    record Bound(ServerSocketChannel server, UnixSocketFile file) {}

    private final Path path;
    private final Object inode;

    private UnixSocketFile(Path path, Object inode) {
        this.path = path;
        this.inode = inode;
    }

    static Bound bind(Path path, int backlog) throws IOException {
        Path parent = Objects.requireNonNull(path.getParent(), "an absolute path has a parent");
        if (!Files.isDirectory(parent)) {
            throw new IOException("the directory " + parent + " does not exist; create it");
        }
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try (ClosedRoom room = ClosedRoom.in(parent)) {
            server.configureBlocking(false);
            server.bind(UnixDomainSocketAddress.of(room.shortPath("s")), backlog);
            Path born = room.path("s");
            Files.setPosixFilePermissions(born, PosixFilePermissions.fromString("rw-------"));
            publish(born, path);
            return new Bound(server, new UnixSocketFile(path, inode(born)));
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
    }

    private static void publish(Path born, Path path) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                Files.createLink(path, born);
                return;
            } catch (FileAlreadyExistsException taken) {
                removeStale(path, born.resolveSibling("stale"));
            }
        }
        throw new IOException("others keep binding that path; choose another one");
    }

    private static void removeStale(Path path, Path aside) throws IOException {
        try {
            Object found = inode(path);
            if (!isSocket(path)) {
                throw new IOException("there is a file that is no socket; remove it or choose another path");
            }
            if (isListenedOn(path)) {
                throw new IOException("another process listens there; stop it or choose another path");
            }
            // Moved, then looked at: had another process replaced it since, its new socket would be lost.
            Files.move(path, aside);
            if (!inode(aside).equals(found)) {
                Files.createLink(path, aside);
            }
        } catch (NoSuchFileException gone) {
            // Then the path is free.
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & FILE_TYPE) == SOCKET_TYPE;
    }

    /** Only a refusal proves that nobody does; a full backlog or a denial do not. Never blocks. */
    private static boolean isListenedOn(Path path) {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException refused) {
            return false;
        } catch (IOException other) {
            return true;
        }
    }

    private static Object inode(Path path) throws IOException {
        Object inode = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        if (inode == null) {
            throw new FileSystemException(path.toString(), null, "the file system has no inodes");
        }
        return inode;
    }

    /** Deletes the file if it is still ours. Call it while the socket is open: its inode can't be reused then. */
    void delete() {
        try {
            if (inode(path).equals(inode)) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException gone) {
            // Somebody was faster.
        } catch (IOException failed) {
            LOG.warn("could not delete the socket file {}: {}", path, failed.toString());
        }
    }
}
