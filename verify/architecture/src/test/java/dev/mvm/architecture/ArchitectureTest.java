package dev.mvm.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Permitted dependencies between packages, and calls that certain code must never make. Read from the compiled
/// classes.
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.mvm");

    private static final List<String> FOUNDATION = List.of(
            "model",
            "json",
            "crypto.verify",
            "crypto.verifyjdk",
            "crypto.sign",
            "crypto.aead",
            "crypto.pkcs11",
            "crypto.tenantkeys",
            "concurrent",
            "metrics",
            "linux");
    private static final List<String> PROCESSES =
            List.of("hostd", "netd", "guestd", "sealer", "agentd", "keyd", "coordinator", "cli");

    private static void holds(ArchRule rule) {
        rule.check(CLASSES);
    }

    private static String[] packages(List<String> names) {
        return names.stream().map(name -> "dev.mvm." + name + "..").toArray(String[]::new);
    }

    /// An import that found nothing would satisfy every rule.
    @Test
    void scan_sawEveryPart() {
        for (var part : FOUNDATION) {
            assertThat(CLASSES.that(resideInAPackage("dev.mvm." + part + "..")))
                    .as(part)
                    .hasSizeGreaterThan(1);
        }
        for (var part : List.of(
                "hostd",
                "netd",
                "sealer",
                "sealer.paging",
                "agentd",
                "keyd",
                "coordinator",
                "cli",
                "image",
                "protocol.attest",
                "protocol.trust",
                "protocol.hostd",
                "protocol.control",
                "protocol.guest",
                "protocol.guest.exec",
                "protocol.firecracker",
                "protocol.qmp",
                "protocol.snapshot")) {
            assertThat(CLASSES.that(resideInAPackage("dev.mvm." + part + "..")))
                    .as(part)
                    .hasSizeGreaterThan(15);
        }
    }

    @Test
    void arrows_pointDown() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(packages(FOUNDATION))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("dev.mvm.protocol..").or(resideInAnyPackage(packages(PROCESSES)))));
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.protocol..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(packages(PROCESSES))));
    }

    @Test
    void processes_doNotKnowEachOther() {
        for (var process : PROCESSES) {
            var others =
                    PROCESSES.stream().filter(other -> !other.equals(process)).toList();
            holds(noClasses()
                    .that()
                    .resideInAPackage("dev.mvm." + process + "..")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(packages(others)))
                    .allowEmptyShould(true));
        }
    }

    /// The part of the `mvm` command that reads images knows no process, and the command alone knows it.
    @Test
    void imageImport_isKnownToTheCommandAlone() {
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.image..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.mvm.protocol..").or(resideInAnyPackage(packages(PROCESSES)))));
        holds(noClasses()
                .that()
                .resideOutsideOfPackages("dev.mvm.image..", "dev.mvm.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mvm.image.."));
    }

    /// A judgement depends on the evidence, the challenge and the signed list, and on nothing else.
    @Test
    void judgingAQuote_opensNoFileAndNoConnection() {
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.protocol.attest.tpm..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net.."));
    }

    @Test
    void packages_haveNoCycles() {
        holds(slices().assignedFrom(packagesUnder("dev.mvm.hostd")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.agentd")).should().beFreeOfCycles());
        holds(slices().matching("dev.mvm.linux.(*)..").should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.guestd")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.netd")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.keyd")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.image")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.sealer")).should().beFreeOfCycles());
        holds(slices().assignedFrom(packagesUnder("dev.mvm.coordinator"))
                .should()
                .beFreeOfCycles());
        holds(slices().matching("dev.mvm.cli.(*)..").should().beFreeOfCycles());
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.cli.*..")
                .and()
                .resideOutsideOfPackage("dev.mvm.cli.rehearsal..") // it runs whole command lines
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mvm.cli"));
    }

    /// Each package below `root` is a slice of its own, `root` and packages within packages included.
    private static SliceAssignment packagesUnder(String root) {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                var name = type.getPackageName();
                return name.equals(root) || name.startsWith(root + ".")
                        ? SliceIdentifier.of(name)
                        : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "packages under " + root;
            }
        };
    }

    @Test
    @Tag("claim-H6")
    void hostd_executesNothingAndHasNoNetwork() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.mvm.hostd..",
                        "dev.mvm.linux..",
                        "dev.mvm.model..",
                        "dev.mvm.json..",
                        "dev.mvm.crypto.verify..",
                        "dev.mvm.protocol.trust..",
                        "dev.mvm.protocol.keyd.node..",
                        "dev.mvm.protocol.hostd..",
                        "dev.mvm.protocol.launch..",
                        "dev.mvm.protocol.guestd..",
                        "dev.mvm.guestd..",
                        "dev.mvm.protocol.netd..",
                        "dev.mvm.netd..",
                        "dev.mvm.protocol.sealer..",
                        "dev.mvm.protocol.guest..",
                        "dev.mvm.protocol.firecracker..",
                        "dev.mvm.protocol.qmp..",
                        "dev.mvm.protocol.snapshot..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ProcessBuilder")
                .orShould()
                .callMethodWhere(execOfRuntime())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.channels..", "java.rmi..", "javax.net.."));
    }

    /// Keys behind Vault are the business of the modules of keys, and of the filter.
    @Test
    void keyd_executesNothingAndListensOnNoPort() {
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.keyd..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ProcessBuilder")
                .orShould()
                .callMethodWhere(execOfRuntime())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.rmi..", "javax.net.."));
    }

    private static com.tngtech.archunit.base.DescribedPredicate<com.tngtech.archunit.core.domain.JavaMethodCall>
            execOfRuntime() {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "Runtime.exec",
                call -> call.getTargetOwner().getFullName().equals("java.lang.Runtime")
                        && call.getName().equals("exec"));
    }

    /// Everything that it works on comes as a descriptor.
    @Test
    void sealer_opensNothingAndStartsNothing() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("dev.mvm.sealer..", "dev.mvm.protocol.sealer..", "dev.mvm.protocol.snapshot..")
                .and()
                .resideOutsideOfPackage("dev.mvm.sealer.paging..") // it reads what kind a descriptor is in /proc
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.lang\\.ProcessBuilder|java\\.io\\.(File.*|RandomAccessFile)"
                        + "|dev\\.mvm\\.linux\\.fd\\.(Directory|OpenFlag)")
                .orShould()
                .callMethodWhere(execOfRuntime())
                .orShould()
                .callMethodWhere(openOfFd())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net..", "java.nio.file..", "java.nio.channels..", "java.rmi..", "javax.net.."));
    }

    private static com.tngtech.archunit.base.DescribedPredicate<com.tngtech.archunit.core.domain.JavaMethodCall>
            openOfFd() {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "Fd.open",
                call -> call.getTargetOwner().getFullName().equals("dev.mvm.linux.fd.Fd")
                        && call.getName().equals("open"));
    }

    /// A guest's memory and the format of snapshots: another process has them.
    @Test
    void snapshots_areNotSeenByRoot() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.mvm.hostd..",
                        "dev.mvm.agentd..",
                        "dev.mvm.linux..",
                        "dev.mvm.protocol.trust..",
                        "dev.mvm.protocol.hostd..",
                        "dev.mvm.protocol.launch..",
                        "dev.mvm.protocol.sealer..",
                        "dev.mvm.protocol.guest..",
                        "dev.mvm.protocol.firecracker..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mvm.protocol.snapshot..", "dev.mvm.crypto.aead..", "dev.mvm.sealer.paging.."));
    }

    @Test
    @Tag("claim-A1")
    void agent_startsNoProcessAndTouchesNothingNative() {
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.agentd..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ProcessBuilder")
                .orShould()
                .callMethodWhere(execOfRuntime())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mvm.linux..", "java.lang.foreign.."));
    }

    @Test
    void nativeCalls_areLinkedInOnePlace() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage("dev.mvm.linux.call..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.SymbolLookup"));
        holds(noClasses()
                .that(resideInAPackage("dev.mvm.."))
                .should()
                .callMethod(System.class, "loadLibrary", String.class)
                .orShould()
                .callMethod(System.class, "load", String.class));
    }

    /// Planner and policy decide from what they are given: no clock, no chance, no files, no threads.
    @Test
    void decisions_arePure() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("dev.mvm.agentd.plan..", "dev.mvm.hostd.policy..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..", "java.nio..", "java.net..", "java.util.concurrent..", "java.util.random..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.time\\.(Clock|InstantSource)|java\\.util\\.Random|java\\.lang\\.Thread")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis"));
    }

    @Test
    void jsonLibrary_isKnownToOneModule() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage("dev.mvm.json..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("tools.jackson.."));
    }

    @Test
    @Tag("claim-G1")
    void otherSidesOfFormats_areNotSeenByRoot() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.mvm.hostd..",
                        "dev.mvm.protocol.trust..",
                        "dev.mvm.protocol.hostd",
                        "dev.mvm.protocol.guest")
                .and()
                .resideOutsideOfPackage("dev.mvm.protocol.trust.authoring..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.mvm.crypto.verifyjdk..",
                        "dev.mvm.protocol.trust.authoring..",
                        "dev.mvm.protocol.hostd.client..",
                        "dev.mvm.protocol.guest.exec.."));
        holds(noClasses()
                .that()
                .resideInAnyPackage("dev.mvm.hostd..", "dev.mvm.protocol.guestd..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mvm.protocol.guest.."));
    }

    /// hostd asks netd, and has no code that asks the kernel for networks.
    @Test
    @Tag("claim-P3")
    void networks_areNotSeenByRoot() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("dev.mvm.hostd..", "dev.mvm.protocol..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mvm.linux.netdev..", "dev.mvm.linux.netlink..", "dev.mvm.linux.nftables.."));
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.netd..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.mvm.protocol.trust..", "dev.mvm.linux.libcrypto..", "dev.mvm.linux.cryptsetup.."));
    }

    /// Firecracker's API, which is the guest's once it has taken its VMM over.
    @Test
    @Tag("claim-G4")
    void vmms_areNotSeenByRoot() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.mvm.hostd..",
                        "dev.mvm.protocol.trust..",
                        "dev.mvm.protocol.hostd..",
                        "dev.mvm.protocol.launch..",
                        "dev.mvm.protocol.sealer..",
                        "dev.mvm.protocol.guestd..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mvm.protocol.firecracker.."));
    }

    @Test
    @Tag("claim-G3")
    void guestd_startsNoProcessAndKnowsNothingOfRoots() {
        holds(noClasses()
                .that()
                .resideInAPackage("dev.mvm.guestd..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ProcessBuilder")
                .orShould()
                .callMethodWhere(execOfRuntime())
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net..",
                        "java.nio.channels..",
                        "java.nio.file..",
                        "dev.mvm.protocol.trust..",
                        "dev.mvm.protocol.guest.exec.."));
    }

    @Test
    @Tag("claim-K1")
    void signing_isNotSeenByRootOrAgent() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.mvm.hostd..",
                        "dev.mvm.agentd..",
                        "dev.mvm.protocol..",
                        "dev.mvm.model..",
                        "dev.mvm.json..",
                        "dev.mvm.crypto.verify..",
                        "dev.mvm.crypto.verifyjdk..",
                        "dev.mvm.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mvm.crypto.sign..", "dev.mvm.crypto.tenantkeys..", "dev.mvm.crypto.pkcs11.."));
    }

    @Test
    @Tag("claim-K4")
    void tenantsKeys_areMadeAndEncryptedByTheKeyServiceAlone() {
        holds(noClasses()
                .that()
                .resideInAnyPackage("dev.mvm.coordinator..", "dev.mvm.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mvm.crypto.tenantkeys..", "dev.mvm.linux.libcrypto..", "dev.mvm.keyd.."));
    }

    @Test
    void names_sayWhatThingsAre() {
        holds(noClasses()
                .that()
                .doNotHaveSimpleName("ServiceManager") // what systemd's own manuals call it
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .resideInAnyPackage("..util..", "..common..", "..misc..", "..helper.."));
    }
}
