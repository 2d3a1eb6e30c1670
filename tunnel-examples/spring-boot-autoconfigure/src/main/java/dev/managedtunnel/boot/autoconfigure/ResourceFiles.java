package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ResourceUtils;

/**
 * Files for what the library reads anew on each session start. A resource that is a file is used as it is; of any other, and
 * of a key given as text, a copy is made that only this user may read, and that is deleted when the tunnels are closed.
 */
final class ResourceFiles implements DisposableBean {
    private static final Logger log = LoggerFactory.getLogger(ResourceFiles.class);
    /** At least two letters: one is a drive. */
    private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);

    private static final String KEY_TEXT = "-----BEGIN";

    private final ResourceLoader loader;
    private final List<Path> copies = new ArrayList<>();
    private @Nullable Path directory;

    ResourceFiles(ResourceLoader loader) {
        this.loader = loader;
    }

    /** A key: a location, or its text. */
    Path secret(Value<String> key) {
        String text = key.get();
        if (!text.strip().startsWith(KEY_TEXT)) {
            return file(key);
        }
        return copy(key, "the text", (text.strip() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** A file to read. */
    Path file(Value<String> location) {
        String text = location.get();
        if (!URL.matcher(text).matches()) {
            return location.map(Path::of);
        }
        Resource resource = loader.getResource(text);
        try {
            if (resource.isFile()) {
                return resource.getFile().toPath();
            }
            try (InputStream in = resource.getInputStream()) {
                return copy(location, resource.getDescription(), in.readAllBytes());
            }
        } catch (IOException e) {
            throw new TunnelPropertyException(
                    location.name(), resource.getDescription() + " can't be read: " + e.getMessage(), e);
        }
    }

    /** A file that has to be one: to be written, too, or because others depend on its place. */
    static Path path(Value<String> location) {
        String text = location.get();
        if (!URL.matcher(text).matches()) {
            return location.map(Path::of);
        }
        try {
            return ResourceUtils.getFile(text).toPath();
        } catch (IOException e) {
            throw new TunnelPropertyException(location.name(), "'" + text + "' is no file; give one", e);
        }
    }

    private Path copy(Value<String> property, String what, byte[] content) {
        try {
            if (directory == null) {
                directory = Files.createTempDirectory("managed-tunnel");
                directory.toFile().deleteOnExit();
            }
            // With the mode 0600 where the system knows modes, as the directory has 0700.
            Path copy = Files.createTempFile(directory, "copy", "");
            copy.toFile().deleteOnExit();
            copies.add(copy);
            return Files.write(copy, content);
        } catch (IOException e) {
            throw new TunnelPropertyException(
                    property.name(), what + " can't be copied to a file: " + e.getMessage(), e);
        }
    }

    @Override
    public void destroy() {
        copies.forEach(ResourceFiles::delete);
        copies.clear();
        if (directory != null) {
            delete(directory);
            directory = null;
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("{} can't be deleted: {}", path, e.getMessage());
        }
    }
}
