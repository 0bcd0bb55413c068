package dev.qyclone.tasks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.qyclone.engine.stage.BackendProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What may know TornadoVM, and what may not. */
class ModuleBordersTest {
    private static final String TORNADO = "uk.ac.manchester.tornado..";
    private static final JavaClasses TASKS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.qyclone.tasks");

    @Test
    void theServiceIsTheProvider() throws IOException {
        try (InputStream in = TornadoProvider.class.getResourceAsStream("/META-INF/services/" + BackendProvider.class.getName())) {
            assertEquals(TornadoProvider.class.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void whatLoadsWithoutAnSdkNamesNoClassOfTornadoVm() {
        noClasses().that().haveNameMatching(".*\\.(TornadoProvider|TornadoRuntimeCheck|MissingTornado|TornadoKernelRuns)(\\$.*)?")
                .should().dependOnClassesThat().resideInAPackage(TORNADO).check(TASKS);
    }

    @Test
    void kernelsKnowTensorsAndNothingElseOfTheHostsSide() {
        classes().that().resideInAPackage("dev.qyclone.tasks.kernels..")
                .should().onlyDependOnClassesThat()
                .resideInAnyPackage("dev.qyclone.tasks.kernels..", "dev.qyclone.engine.tensor..", "dev.qyclone.engine.error..",
                        "uk.ac.manchester.tornado.api..", "java..")
                .check(TASKS);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(System.class, "exit", int.class).check(TASKS);
    }
}
