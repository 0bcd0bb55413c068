package dev.qyclone.engine.tokens;

/** What an id stands for. */
enum TokenKind {
    /** No token at all: padding rows, unused ids. Decodes to nothing, never matches text. */
    NONE,
    /** Bytes that the merges can make. */
    ORDINARY,
    /** A special that steers the model and is not shown to a reader. */
    CONTROL,
    /** A special that is part of the visible text, such as {@code <tool_call>}. */
    USER_DEFINED
}
