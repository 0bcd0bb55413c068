package dev.qyclone.cli;

/**
 * The entry of the jar. It alone is compiled for Java 8, so that an old JVM prints a line that helps; all else is in
 * {@link CommandLineProgram}, which this class must therefore not name in code.
 */
public final class Main {
    private static final int NEEDED = 25;

    private Main() {
    }

    public static void main(String[] args) throws ReflectiveOperationException {
        String version = System.getProperty("java.specification.version");
        int feature = version.startsWith("1.") ? Integer.parseInt(version.substring(2)) : Integer.parseInt(version);
        if (feature < NEEDED) {
            System.err.println("qyclone: needs Java " + NEEDED + " or newer, but " + System.getProperty("java.home") + " is Java " + feature
                    + "; start it with ./qyclone, which finds a newer one, or get one from https://adoptium.net");
            System.exit(1);
        }
        Class.forName("dev.qyclone.cli.CommandLineProgram").getMethod("main", String[].class).invoke(null, (Object) args);
    }
}
