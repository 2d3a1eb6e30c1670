package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open file descriptors of this process, each described by what it is: sockets by protocol, addresses and state,
 * files by path. Knows nothing where there is no {@code /proc}.
 */
final class OpenFiles {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Map<String, String> TCP_STATES = Map.ofEntries(
            Map.entry("01", "established"),
            Map.entry("02", "connecting"),
            Map.entry("03", "being accepted"),
            Map.entry("04", "closing (FIN_WAIT1)"),
            Map.entry("05", "closing (FIN_WAIT2)"),
            Map.entry("06", "closed (TIME_WAIT)"),
            Map.entry("07", "unconnected"),
            Map.entry("08", "closed by the peer (CLOSE_WAIT)"),
            Map.entry("09", "closing (LAST_ACK)"),
            Map.entry("0A", "listening"),
            Map.entry("0B", "closing (CLOSING)"));
    private static final String JAVA_HOME = System.getProperty("java.home");

    private OpenFiles() {}

    /** The descriptions of all descriptors except those that a JVM opens on its own whenever it likes. */
    static List<String> list() {
        List<String> targets = new ArrayList<>();
        if (!Files.isDirectory(DESCRIPTORS)) {
            return targets;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path entry : entries) {
                String target = target(entry);
                if (target != null && !isNoise(target)) {
                    targets.add(target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't list " + DESCRIPTORS, e);
        }
        Map<String, String> sockets =
                targets.stream().anyMatch(each -> each.startsWith("socket:")) ? sockets() : Map.of();
        // the number in brackets tells pipes apart but says nothing, and a fixture may replace one by another
        return targets.stream()
                .map(each -> each.startsWith("socket:")
                        ? sockets.getOrDefault(inode(each), "socket without address")
                        : each.replaceFirst("^pipe:\\[\\d+]$", "pipe"))
                .toList();
    }

    private static @Nullable String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return null;
        }
    }

    /** What the JVM itself opens lazily: its classes and libraries, devices, and the system's own files. */
    private static boolean isNoise(String target) {
        String file = target.replaceFirst(" \\(deleted\\)$", "");
        return file.startsWith("/proc/")
                || file.startsWith("/sys/")
                || file.startsWith("/dev/")
                || file.startsWith("/etc/")
                || file.startsWith("/usr/share/")
                || file.startsWith(JAVA_HOME)
                || file.contains("/hsperfdata_")
                || file.endsWith(".jar")
                || file.endsWith(".class")
                || file.endsWith(".so");
    }

    private static String inode(String target) {
        return target.replaceAll("\\D", "");
    }

    private static Map<String, String> sockets() {
        Map<String, String> byInode = new HashMap<>();
        for (String protocol : List.of("tcp", "tcp6", "udp", "udp6")) {
            for (String[] fields : table(protocol)) {
                String state = protocol.startsWith("tcp") ? " " + TCP_STATES.getOrDefault(fields[3], fields[3]) : "";
                String peer = fields[2].matches("0+:0+") ? "" : " -> " + address(fields[2]);
                byInode.put(fields[9], protocol.substring(0, 3) + " socket " + address(fields[1]) + peer + state);
            }
        }
        for (String[] fields : table("unix")) {
            boolean listening = (Integer.parseInt(fields[3], 16) & 0x10000) != 0;
            byInode.put(
                    fields[6],
                    "unix socket " + (fields.length > 7 ? fields[7] : "without name")
                            + (listening ? " listening" : ""));
        }
        return byInode;
    }

    private static List<String[]> table(String protocol) {
        Path table = Path.of("/proc/self/net", protocol);
        try {
            return Files.readAllLines(table).stream()
                    .skip(1)
                    .map(line -> line.strip().split("\\s+", -1))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Translates {@code 0100007F:1F90}, whose address is in words of the machine's byte order. */
    private static String address(String hex) {
        int colon = hex.indexOf(':');
        byte[] bytes = HexFormat.of().parseHex(hex.substring(0, colon));
        for (int word = 0; word < bytes.length; word += 4) {
            swap(bytes, word, word + 3);
            swap(bytes, word + 1, word + 2);
        }
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + ":"
                    + Integer.parseInt(hex.substring(colon + 1), 16);
        } catch (UnknownHostException e) {
            return hex;
        }
    }

    private static void swap(byte[] bytes, int a, int b) {
        byte kept = bytes[a];
        bytes[a] = bytes[b];
        bytes[b] = kept;
    }
}
