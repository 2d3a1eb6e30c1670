package dev.managedtunnel;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.managedtunnel.internal.status.Snapshot;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/architecture.md draws, checked on the compiled classes of the library. */
class ArchitectureTest {
    private static final String BASE = "dev.managedtunnel";
    private static final String JSCH = "com.jcraft.jsch..";
    private static final String FAILSAFE = "dev.failsafe..";
    private static final String MICROMETER = "io.micrometer..";
    private static final DescribedPredicate<JavaClass> API = resideInAnyPackage(BASE);

    private static final JavaClasses LIBRARY = library();

    /** The module's own location: class files or the jar, and never the tests that are patched into it. */
    private static JavaClasses library() {
        URI location = TunnelSpec.class
                .getModule()
                .getLayer()
                .configuration()
                .findModule("dev.managedtunnel.core")
                .flatMap(module -> module.reference().location())
                .orElseThrow();
        return new ClassFileImporter().importLocations(Set.of(Location.of(location)));
    }

    @Test
    void theTestLooksAtTheWholeLibraryAndAtNoTests() {
        assertThat(LIBRARY.contain(TunnelSpec.class)).isTrue();
        assertThat(LIBRARY.contain(ArchitectureTest.class)).isFalse();
    }

    @Test
    void packagesKnowOnlyTheirNeighboursOnTheRight() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(BASE + "..")
                .layer("api")
                .definedBy(BASE)
                .layer("assembly")
                .definedBy(BASE + ".internal")
                .layer("supervise")
                .definedBy(BASE + ".internal.supervise")
                .layer("forward")
                .definedBy(BASE + ".internal.forward")
                .layer("status")
                .definedBy(BASE + ".internal.status")
                .layer("jsch")
                .definedBy(BASE + ".internal.link.jsch")
                .layer("link")
                .definedBy(BASE + ".internal.link")
                .layer("time")
                .definedBy(BASE + ".internal.time")
                .layer("micrometer")
                .definedBy(BASE + ".micrometer")
                .layer("probe")
                .definedBy(BASE + ".internal.probe")
                .layer("jfr")
                .definedBy(BASE + ".internal.jfr")
                .layer("socket")
                .definedBy(BASE + ".internal.socket")
                .layer("sshconfig")
                .definedBy(BASE + ".internal.sshconfig")
                .layer("jdbc")
                .definedBy(BASE + ".jdbc")
                .ensureAllClassesAreContainedInArchitecture()
                .whereLayer("micrometer")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("jdbc")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("assembly")
                .mayOnlyBeAccessedByLayers("api", "micrometer", "jdbc")
                .whereLayer("sshconfig")
                .mayOnlyBeAccessedByLayers("api")
                .whereLayer("socket")
                .mayOnlyBeAccessedByLayers("assembly", "jdbc")
                .whereLayer("supervise")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("forward")
                .mayOnlyBeAccessedByLayers("assembly", "socket")
                .whereLayer("probe")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("jsch")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("status")
                .mayOnlyBeAccessedByLayers("assembly", "forward", "micrometer", "jfr", "api")
                .whereLayer("jfr")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("link")
                .mayOnlyBeAccessedByLayers("assembly", "supervise", "forward", "probe", "status", "jsch", "micrometer")
                .whereLayer("time")
                .mayOnlyBeAccessedByLayers("assembly", "supervise", "forward", "probe", "status", "link", "jsch")
                .check(LIBRARY);
    }

    @Test
    void theApiReachesIntoTheInternalsOnlyToOpenATunnelAndToHoldAStatus() {
        noClasses()
                .that(API)
                .and(not(type(TunnelSpec.class)))
                .and(not(type(TunnelStatus.class)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE + ".internal..")
                .check(LIBRARY);
        noClasses()
                .that()
                .resideInAnyPackage(
                        BASE + ".internal.link..",
                        BASE + ".internal.time",
                        BASE + ".internal.supervise",
                        BASE + ".internal.probe")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BASE + ".internal.status", BASE + ".micrometer")
                .check(LIBRARY);
    }

    /** Apart from the rest: it only lends the meters what it keeps. */
    @Test
    void metricsTakeFromTheInternalsOnlyTheDurations() {
        Set<String> known = classesOf(BASE + ".micrometer")
                .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
                .map(dependency -> dependency.getTargetClass().getName())
                .filter(name -> name.startsWith(BASE + ".internal"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(known)
                .containsExactly(
                        BASE + ".internal.RealTunnel",
                        BASE + ".internal.link.StartPhase",
                        BASE + ".internal.status.Recorder");
    }

    @Test
    void jschStaysInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".internal.link.jsch")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(JSCH)
                .check(LIBRARY);
        assertThat(LIBRARY).noneMatch(one -> one.getPackageName().startsWith("com.jcraft"));
    }

    @Test
    void failsafeStaysInTheSupervisor() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".internal.supervise")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FAILSAFE)
                .check(LIBRARY);
    }

    @Test
    void micrometerStaysInItsPackageSoThatItMayBeMissing() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".micrometer")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(MICROMETER, BASE + ".micrometer")
                .check(LIBRARY);
    }

    @Test
    void flightRecorderStaysInItsPackageBehindOneClassSoThatItMayBeMissing() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".internal.jfr")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.jfr..")
                .check(LIBRARY);
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".internal.jfr")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(BASE + ".internal.jfr").and(areNot(BASE + ".internal.jfr.Flight")))
                .check(LIBRARY);
    }

    @Test
    void noTypeOfOthersIsInASignatureOfTheApi() {
        classes()
                .that(API)
                .and()
                .arePublic()
                .should(showOnlyTypesThatUsersHave())
                .check(LIBRARY);
    }

    @Test
    void onlyTwoClassesReflect() {
        DescribedPredicate<JavaClass> others =
                areNot(BASE + ".internal.Workers", BASE + ".internal.link.jsch.JschInternals");
        noClasses()
                .that(others)
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.lang.reflect..")
                        .or(type(java.lang.invoke.MethodHandles.class))
                        .or(type(java.lang.invoke.MethodHandles.Lookup.class))
                        .or(type(java.lang.invoke.MethodHandle.class))
                        .or(type(java.lang.invoke.VarHandle.class))
                        .as("that reflect"))
                .check(LIBRARY);
        noClasses().that(others).should().callMethodWhere(looksIntoAClass()).check(LIBRARY);
    }

    @Test
    void nothingSleeps() {
        noClasses()
                .should()
                .callMethodWhere(target("sleeping", Thread.class, "sleep")
                        .or(target("sleeping", TimeUnit.class, "sleep"))
                        .or(target("sleeping", LockSupport.class, "parkNanos"))
                        .or(target("sleeping", LockSupport.class, "parkUntil")))
                .check(LIBRARY);
    }

    /** {@code Teardown} measures itself, when the scheduler is about to end too. */
    @Test
    void theClockIsInjected() {
        noClasses()
                .that(areNot(BASE + ".internal.time.SystemScheduler", BASE + ".internal.Teardown"))
                .should()
                .callMethodWhere(staticClock())
                .check(LIBRARY);
    }

    @Test
    void eachPackageSaysWhatItIsFor() {
        Set<String> packages =
                LIBRARY.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
        packages.remove(""); // module-info
        Path sources = Path.of(System.getProperty("basedir", "")).resolve("src/main/java");
        assertThat(packages)
                .hasSizeGreaterThan(5)
                .allSatisfy(name -> assertThat(
                                sources.resolve(name.replace('.', '/')).resolve("package-info.java"))
                        .exists());
    }

    private static Stream<JavaClass> classesOf(String name) {
        return LIBRARY.stream().filter(one -> one.getPackageName().equals(name));
    }

    /** Nested classes and lambdas count as their outermost class. */
    private static DescribedPredicate<JavaClass> areNot(String... names) {
        List<String> allowed = List.of(names);
        return describe(
                "are not " + allowed,
                one -> allowed.stream()
                        .noneMatch(name ->
                                one.getName().equals(name) || one.getName().startsWith(name + "$")));
    }

    private static DescribedPredicate<JavaAccess<?>> target(String what, Class<?> owner, String name) {
        return describe(
                what,
                access -> access.getTargetOwner().isEquivalentTo(owner)
                        && access.getTarget().getName().equals(name));
    }

    private static DescribedPredicate<JavaAccess<?>> looksIntoAClass() {
        Pattern names = Pattern.compile("forName|newInstance|get(Declared)?(Constructor|Method|Field)s?");
        return describe(
                "looks into a class",
                access -> access.getTargetOwner().isEquivalentTo(Class.class)
                        && names.matcher(access.getTarget().getName()).matches());
    }

    private static DescribedPredicate<JavaAccess<?>> staticClock() {
        return describe("a static clock", access -> {
            AccessTarget target = access.getTarget();
            JavaClass owner = access.getTargetOwner();
            boolean nanosOrMillis = owner.isEquivalentTo(System.class)
                    && Set.of("nanoTime", "currentTimeMillis").contains(target.getName());
            boolean now = owner.getPackageName().equals("java.time")
                    && target.getName().equals("now");
            return nanosOrMillis || now || owner.isEquivalentTo(Clock.class);
        });
    }

    private static ArchCondition<JavaClass> showOnlyTypesThatUsersHave() {
        return new ArchCondition<>("show only types of the JDK and of the API") {
            @Override
            public void check(JavaClass api, ConditionEvents events) {
                for (JavaField field : api.getFields()) {
                    report(api, field.getModifiers(), "field " + field.getFullName(), field.getType(), events);
                }
                for (JavaCodeUnit unit : api.getCodeUnits()) {
                    if (!unit.getFullName()
                            .equals(TunnelStatus.class.getName() + ".<init>(" + Snapshot.class.getName() + ")")) {
                        report(api, unit.getModifiers(), unit.getFullName(), unit.getReturnType(), events);
                        unit.getParameterTypes()
                                .forEach(type -> report(api, unit.getModifiers(), unit.getFullName(), type, events));
                        unit.getThrowsClause()
                                .forEach(thrown -> report(
                                        api, unit.getModifiers(), unit.getFullName(), thrown.getRawType(), events));
                    }
                }
                api.getInterfaces().forEach(type -> report(api, api.getModifiers(), api.getName(), type, events));
                api.getSuperclass().ifPresent(type -> report(api, api.getModifiers(), api.getName(), type, events));
            }
        };
    }

    private static void report(
            JavaClass api, Set<JavaModifier> modifiers, String where, JavaType type, ConditionEvents events) {
        boolean visible = modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
        for (JavaClass used : visible ? type.getAllInvolvedRawTypes() : Set.<JavaClass>of()) {
            String home = used.getBaseComponentType().getPackageName();
            boolean allowed =
                    home.equals(BASE) || home.isEmpty() || home.startsWith("java.") || home.equals("javax.net");
            if (!allowed) {
                events.add(SimpleConditionEvent.violated(api, where + " shows " + used.getName()));
            }
        }
    }
}
