package dev.qyclone.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Keeps the classes that this JVM has loaded, for later ones to map instead of reading and checking them: a CDS archive, which the
 * launcher asks for at the first run on a device. The JVM must record for it ({@code -XX:+RecordDynamicDumpInfo}).
 */
final class ClassArchive {
    /** The environment variable in which the launcher names the file. */
    static final String WANTED = "QYCLONE_ARCHIVE";

    private ClassArchive() {
    }

    /** Writes the archive to {@code file}, whole or not at all, and tells whether it did: what fails costs later starts time only. */
    static boolean keep(String file) {
        if (file == null || file.isEmpty()) {
            return false;
        }
        Path archive = Path.of(file).toAbsolutePath();
        String[] arguments = {"dynamic_dump", '"' + archive.toString() + '"'};
        try {
            ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "vmCds",
                    new Object[] {arguments}, new String[] {String[].class.getName()});
            return Files.exists(archive);
        } catch (JMException e) {
            return false;
        }
    }
}
