package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/**
 * A function that an assistant asks to be called.
 *
 * @param name the function's name
 * @param arguments a JSON object, in the order of the answer
 */
public record ToolCall(String name, ObjectNode arguments) {
    public ToolCall {
        if (name == null || name.isEmpty() || arguments == null) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "a tool call lacks its name or its arguments")
                    .expected("a name and a JSON object").got(name + " and " + arguments);
        }
    }
}
