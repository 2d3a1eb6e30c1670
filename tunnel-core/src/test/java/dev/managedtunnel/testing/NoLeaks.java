package dev.managedtunnel.testing;

import java.io.File;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Fails a test that leaves something behind: threads called {@code tunnel-…}, open sockets, listening ports, files and
 * other descriptors, socket files in its temporary directories. Registered with {@code @ExtendWith(NoLeaks.class)} on a
 * class or by its parents.
 *
 * <p>It looks twice. After each test, what was there before the test's {@code @BeforeEach} methods is compared with what
 * is there after everything of the test is closed, so fixtures shared by a class don't count. After the class, what was
 * there before the {@code @BeforeAll} methods is compared with what is left when all is done, fixtures and their threads
 * {@code fixture-…} included. Where tests change a shared fixture so that it holds other sockets afterwards, or share a
 * tunnel, {@link PerClass} leaves out the first look. Whatever is still there is given time to go, ten seconds after a
 * success, less once something was left. Descriptors are those of the whole process, so tests with this extension can't run side by side in one JVM.
 * Without {@code /proc} only threads and socket files are looked at.
 */
public final class NoLeaks implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, InvocationInterceptor {

    /** Looks for leaks only after the whole class. */
    @Target(ElementType.TYPE)
    @Retention(RetentionPolicy.RUNTIME)
    public @interface PerClass {}

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(NoLeaks.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration LIMIT_AFTER_FAILURE = Duration.ofMillis(500);

    /** What one test left may go on growing, and would cost every later test of this JVM the whole time. */
    private static volatile boolean leaking;

    @Override
    public void beforeAll(ExtensionContext context) {
        if (context.getParent().map(parent -> check(parent) == null).orElse(true)) {
            begin(context, List.of("tunnel-", "fixture-"), List.of());
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!AnnotationSupport.isAnnotated(context.getTestClass(), PerClass.class)) {
            begin(context, List.of("tunnel-"), tempDirs(context));
        }
    }

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        watchArguments(method, context);
        invocation.proceed();
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<@Nullable Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        watchArguments(method, context);
        invocation.proceed();
    }

    /**
     * The store closes what it holds after all callbacks, {@code @AutoClose} included, and before the temporary
     * directories that were put there earlier.
     */
    private static void begin(ExtensionContext context, List<String> threadPrefixes, List<Path> directories) {
        context.getStore(NAMESPACE).put("check", new Check(context, Leaks.snapshot(threadPrefixes, directories)));
    }

    private static @Nullable Check check(ExtensionContext context) {
        return context.getStore(NAMESPACE).get("check", Check.class);
    }

    /** Remembers the directories that the test has as parameters; they are deleted before the store's check. */
    private static void watchArguments(ReflectiveInvocationContext<Method> method, ExtensionContext context) {
        List<Path> directories = new ArrayList<>();
        Parameter[] parameters = method.getExecutable().getParameters();
        for (int i = 0; i < parameters.length; i++) {
            if (AnnotationSupport.isAnnotated(parameters[i], TempDir.class)) {
                directories.add(path(method.getArguments().get(i)));
            }
        }
        context.getStore(NAMESPACE).put("directories", directories);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<?> directories = context.getStore(NAMESPACE).getOrDefault("directories", List.class, List.of());
        List<Path> paths = directories.stream().map(Path.class::cast).toList();
        if (!Poll.reached(limit(context), () -> SocketFiles.in(paths).isEmpty())) {
            throw new AssertionError("Left behind: socket files " + SocketFiles.in(paths));
        }
    }

    private static Duration limit(ExtensionContext context) {
        return leaking || context.getExecutionException().isPresent() ? LIMIT_AFTER_FAILURE : LIMIT;
    }

    private static List<Path> tempDirs(ExtensionContext context) {
        List<Path> found = new ArrayList<>();
        Object instance = context.getTestInstance().orElse(null);
        for (Field field : AnnotationSupport.findAnnotatedFields(
                context.getRequiredTestClass(), TempDir.class, field -> true, HierarchyTraversalMode.TOP_DOWN)) {
            Object owner = Modifier.isStatic(field.getModifiers()) ? null : instance;
            Object value = ReflectionSupport.tryToReadFieldValue(field, owner)
                    .toOptional()
                    .orElse(null);
            if (value != null) {
                found.add(path(value));
            }
        }
        return found;
    }

    private static Path path(Object directory) {
        return directory instanceof File file ? file.toPath() : (Path) directory;
    }

    private record Check(ExtensionContext context, Leaks leaks) implements AutoCloseable {
        @Override
        public void close() {
            try {
                leaks.assertNone(limit(context));
            } catch (AssertionError left) {
                leaking = true;
                throw left;
            }
        }
    }
}
