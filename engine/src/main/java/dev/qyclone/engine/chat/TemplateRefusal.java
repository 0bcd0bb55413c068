package dev.qyclone.engine.chat;

/** What a template's own code or one of its functions raises; {@link JinjaSandbox} makes an error of the engine of it. */
final class TemplateRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    TemplateRefusal(String message) {
        super(message);
    }
}
