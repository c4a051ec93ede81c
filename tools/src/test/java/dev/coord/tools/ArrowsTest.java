package dev.coord.tools;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {

    private static final String COORD = "dev.coord..";
    private static final String API = "dev.coord.api..";
    private static final String WAL = "dev.coord.wal..";
    private static final String STREAMING = "dev.coord.streaming..";
    private static final String COMMAND = "dev.coord.server.command..";
    private static final String STATE = "dev.coord.server.state..";
    private static final String WATCH = "dev.coord.server.watch..";
    private static final String HCL = "dev.coord.server.hcl..";
    private static final String ACL = "dev.coord.server.acl..";
    private static final String ARCHIVE = "dev.coord.server.archive..";
    private static final String QUERY = "dev.coord.server.query..";
    private static final String FLAGS = "dev.coord.server.flags..";
    private static final String ROLLOUT = "dev.coord.server.rollout..";
    private static final String RAFT = "dev.coord.server.raft..";
    private static final String LOG = "dev.coord.server.log..";
    private static final String RESCUE = "dev.coord.server.rescue..";
    private static final String SPACE = "dev.coord.server.space..";
    private static final String LOOP = "dev.coord.server.loop..";
    private static final String LEASE = "dev.coord.server.lease..";
    private static final String AGENT = "dev.coord.server.agent..";
    private static final String HELD = "dev.coord.server.held..";
    private static final String LIMITS = "dev.coord.server.limits..";
    private static final String TLS = "dev.coord.server.tls..";
    private static final String LOGGING = "dev.coord.server.logging..";
    private static final String AUDIT = "dev.coord.server.audit..";
    private static final String HTTP = "dev.coord.server.http..";
    private static final String GRPC = "dev.coord.server.grpc..";
    private static final String DNS = "dev.coord.server.dns..";
    private static final String CLIENT = "dev.coord.client..";
    private static final String JFR = "dev.coord.server.jfr..";
    private static final String ROOT = "dev.coord.server";
    private static final String TOOLS = "dev.coord.tools..";

    private static final List<ArchRule> ARROWS = List.of(
            knowsOnly(API),
            knowsOnly(WAL),
            knowsOnly(STREAMING),
            knowsOnly(COMMAND, API),
            knowsOnly(STATE, API, COMMAND),
            knowsOnly(WATCH, API, COMMAND, STATE, STREAMING),
            knowsOnly(JFR),
            knowsOnly(HCL),
            knowsOnly(ACL, API, COMMAND, STATE, HCL, LOOP),
            knowsOnly(FLAGS, API, COMMAND, STATE, WATCH, STREAMING),
            knowsOnly(ROLLOUT, API, COMMAND, STATE, FLAGS, STREAMING, WAL, LOOP),
            knowsOnly(RAFT, API, COMMAND, STATE, WATCH, STREAMING, WAL, TLS, JFR),
            knowsOnly(QUERY, API, COMMAND, STATE),
            knowsOnly(ARCHIVE, API, COMMAND, STATE),
            knowsOnly(LOG, WAL),
            knowsOnly(LOOP),
            knowsOnly(LEASE, API, COMMAND, STATE, WATCH, STREAMING, LOOP),
            knowsOnly(AGENT, API, COMMAND, STATE, WATCH, STREAMING, LEASE, LOOP),
            knowsOnly(HELD, API, COMMAND, STATE, AGENT, LEASE, LOOP),
            // The lease package also says how a server's node and addresses look in the catalog.
            knowsOnly(
                    HTTP, API, COMMAND, STATE, QUERY, ARCHIVE, ACL, WATCH, STREAMING, AGENT, LEASE, LIMITS, SPACE,
                    FLAGS, ROLLOUT, TLS, AUDIT),
            knowsOnly(
                    GRPC, API, COMMAND, STATE, ACL, WATCH, STREAMING, AGENT, HELD, LOG, WAL, LIMITS, FLAGS, ROLLOUT,
                    TLS, AUDIT),
            knowsOnly(DNS, API, COMMAND, STATE, QUERY, ACL),
            knowsOnly(LIMITS, COMMAND),
            knowsOnly(TLS),
            knowsOnly(LOGGING),
            knowsOnly(AUDIT, LOGGING),
            knowsOnly(CLIENT, API),
            knowsOnly(SPACE, API, COMMAND),
            knowsOnly(RESCUE, API, COMMAND, STATE, ARCHIVE, WAL, RAFT),
            knowsOnly(TOOLS, CLIENT, API, STATE, WAL, ROOT, RAFT, RESCUE, HCL, TLS, ARCHIVE, HTTP),
            // Of the servers' HTTP the tools know how durations are written.
            noClasses()
                    .that(resideInAPackage(TOOLS))
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage(HTTP).and(not(nameStartingWith("dev.coord.server.http.GoDuration")))),
            // Of consensus the tools know no more than what an entry of the log says.
            noClasses()
                    .that(resideInAPackage(TOOLS))
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage(RAFT).and(not(nameStartingWith("dev.coord.server.raft.RaftEntry")))),
            noClasses()
                    .that(not(resideInAPackage(RAFT)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("com.alipay.sofa.."),
            noClasses()
                    .that(not(resideInAnyPackage(FLAGS, CLIENT)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.openfeature..", "com.google.gson..", "io.github.jamsesso.."),
            noClasses()
                    .that(resideInAnyPackage(COMMAND, STATE, WATCH, STREAMING, WAL, API))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.vertx..", "io.netty..", "com.google.gson.."),
            noClasses()
                    .that(resideInAPackage(STATE))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..", "java.util.random..")
                    // Streams that a caller gives are none of the state's I/O.
                    .orShould()
                    .dependOnClassesThat()
                    .haveNameMatching("java\\.io\\.(File.*|RandomAccessFile)|java\\.util\\.Random|java\\.time\\.Clock")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .callMethod(System.class, "nanoTime"));

    @Test
    void packages_know_only_whom_they_may() {
        JavaClasses all = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                // The servers' tests, whose judges of histories are used here.
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("dev.coord");

        // A rule about nothing would hold: every room must be there.
        for (String room : List.of(
                API, WAL, STREAMING, COMMAND, STATE, QUERY, ARCHIVE, WATCH, HCL, ACL, FLAGS, ROLLOUT, RAFT, LOG, LEASE,
                AGENT, HELD, LIMITS, TLS, AUDIT, JFR, HTTP, GRPC, DNS, CLIENT, ROOT, TOOLS, RESCUE, SPACE)) {
            assertThat(all.that(resideInAPackage(room))).as(room).isNotEmpty();
        }
        ARROWS.forEach(arrow -> arrow.check(all));
    }

    private static ArchRule knowsOnly(String who, String... others) {
        String[] allowed = new String[others.length + 1];
        System.arraycopy(others, 0, allowed, 0, others.length);
        allowed[others.length] = who;
        return classes()
                .that()
                .resideInAPackage(who)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(not(resideInAPackage(COORD))));
    }
}
