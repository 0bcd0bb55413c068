package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/** What TornadoVM throws, in one line: its own messages have colours and stack traces in them. */
final class TornadoFailure {
    private TornadoFailure() {
    }

    /** The failure of a graph that joins the others on a device. */
    static RuntimeException of(String graph, Throwable failure) {
        return failure(failure, ErrorCode.DEVICE_UNAVAILABLE, "the device cannot run " + graph, graph);
    }

    /** The failure of a graph that ran before. */
    static RuntimeException running(String graph, Throwable failure) {
        return failure(failure, ErrorCode.DEVICE_FAILED, "the device failed in " + graph, graph);
    }

    /** Much of what TornadoVM throws is an Error and yet a failure of the device; the JVM's own is not. */
    private static RuntimeException failure(Throwable failure, ErrorCode code, String what, String graph) {
        if (failure instanceof EngineException known) {
            return known;
        }
        if (failure instanceof VirtualMachineError broken) {
            throw broken;
        }
        if (failure instanceof TornadoOutOfMemoryException) {
            return new EngineException(ErrorCode.OUT_OF_MEMORY, "the device has no memory for " + graph + ": " + words(failure), failure)
                    .remedy("give it fewer layers or a smaller --ctx");
        }
        return new EngineException(code, what + ": " + words(failure), failure)
                .remedy("use another device or another --profile; \"qyclone doctor\" tries every kernel");
    }

    /** The message without colours and without what follows the reason. */
    static String words(Throwable failure) {
        String message = String.valueOf(failure.getMessage()).replaceAll("\u001B\\[[0-9;]*m", "");
        int trace = message.indexOf("Stacktrace:");
        return (trace < 0 ? message : message.substring(0, trace)).strip().replaceAll("\\s+", " ");
    }
}
