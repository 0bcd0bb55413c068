package dev.qyclone.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of the rooms: a package imports only from packages above it in the list. */
class ArchitectureTest {
    private static final String ROOT = "dev.qyclone.engine.";
    private static final List<String> ORDER = List.of(
            "error", "tensor", "file", "model", "tokens", "chat", "stage", "ops", "cpu", "sampler", "generation");
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.qyclone.engine");

    @Test
    void packagesImportOnlyFromAbove() {
        for (int i = 0; i < ORDER.size(); i++) {
            String[] below = ORDER.subList(i + 1, ORDER.size()).stream().map(name -> ROOT + name + "..").toArray(String[]::new);
            if (below.length > 0) {
                noClasses().that().resideInAPackage(ROOT + ORDER.get(i) + "..")
                        .should().dependOnClassesThat().resideInAnyPackage(below).check(ENGINE);
            }
        }
    }

    @Test
    void everyPackageIsInTheList() {
        String[] listed = ORDER.stream().map(name -> ROOT + name + "..").toArray(String[]::new);
        noClasses().should().resideOutsideOfPackages(listed).check(ENGINE);
    }

    @Test
    void theEngineKnowsNeitherTornadoVmNorTheModulesAboveIt() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage(
                "uk.ac.manchester.tornado..", "dev.qyclone.tasks..", "dev.qyclone.profiles..", "dev.qyclone.bench..", "dev.qyclone.cli..")
                .check(ENGINE);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(System.class, "exit", int.class).check(ENGINE);
    }

    @Test
    void vectorClassesAreReachedThroughVectorOpsOnly() {
        noClasses().that().resideOutsideOfPackage(ROOT + "ops..")
                .should().dependOnClassesThat().resideInAPackage("jdk.incubator.vector..").check(ENGINE);
    }
}
