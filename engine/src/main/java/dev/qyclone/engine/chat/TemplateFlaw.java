package dev.qyclone.engine.chat;

/** What is wrong with a template's source, told so that it follows the template's name. */
final class TemplateFlaw extends RuntimeException {
    private static final long serialVersionUID = 1;

    TemplateFlaw(String message) {
        super(message);
    }
}
