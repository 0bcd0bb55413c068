package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.JsonFile;
import dev.qyclone.engine.file.Metadata;
import dev.qyclone.engine.model.ModelSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds a model's chat template, and the texts of the tokens that templates name: bos_token, eos_token and so on. */
final class ChatTemplateFiles {
    private static final String KEY = "chat_template";
    private static final String GGUF_KEY = "tokenizer.chat_template";
    private static final String TOOL_USE = "tool_use";
    private static final List<String> TOKEN_NAMES = List.of("bos", "eos", "unk", "pad");

    private ChatTemplateFiles() {
    }

    static ChatTemplate read(ModelSource source) {
        return switch (source) {
            case ModelSource.Gguf gguf -> fromGguf(gguf.path().toString(), gguf.file().metadata());
            case ModelSource.Folder folder -> fromFolder(folder.path());
        };
    }

    private static ChatTemplate fromGguf(String name, Metadata metadata) {
        Map<String, String> templates = new LinkedHashMap<>();
        templates.put("default", metadata.stringOr(GGUF_KEY, null));
        templates.put(TOOL_USE, metadata.stringOr(GGUF_KEY + "." + TOOL_USE, null));
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String token : TOKEN_NAMES) {
            String key = "tokenizer.ggml." + (token.equals("pad") ? "padding" : token.equals("unk") ? "unknown" : token) + "_token_id";
            if (metadata.has(key)) {
                List<String> vocabulary = metadata.requireStrings("tokenizer.ggml.tokens");
                int id = metadata.requireInt(key);
                if (id >= 0 && id < vocabulary.size()) {
                    tokens.put(token + "_token", vocabulary.get(id));
                }
            }
        }
        return choose(name, templates, tokens);
    }

    private static ChatTemplate fromFolder(Path folder) {
        Map<String, String> tokens = new LinkedHashMap<>();
        Map<String, String> templates = new LinkedHashMap<>();
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.exists(config)) {
            JsonFile json = JsonFile.read(config);
            for (String token : TOKEN_NAMES) {
                JsonNode node = json.root().path(token + "_token");
                JsonNode text = node.isObject() ? node.path("content") : node;
                if (text.isTextual()) {
                    tokens.put(token + "_token", text.textValue());
                }
            }
            readTemplates(json, templates);
        }
        Path file = folder.resolve(KEY + ".jinja");
        if (Files.exists(file)) {
            templates.put("default", readText(file));
            return choose(file.toString(), templates, tokens);
        }
        return choose(config.toString(), templates, tokens);
    }

    private static void readTemplates(JsonFile json, Map<String, String> templates) {
        if (!json.root().path(KEY).isArray()) {
            templates.put("default", json.stringOr(KEY, null));
            return;
        }
        for (JsonNode entry : json.root().path(KEY)) {
            if (!entry.path("name").isTextual() || !entry.path("template").isTextual()) {
                throw new EngineException(ErrorCode.BAD_FILE, json.path() + ": key " + KEY + " has the wrong form")
                        .expected("a string, or a list of {\"name\":…,\"template\":…}");
            }
            templates.put(entry.path("name").textValue(), entry.path("template").textValue());
        }
    }

    private static ChatTemplate choose(String name, Map<String, String> templates, Map<String, String> tokens) {
        String plain = templates.get("default");
        String withTools = templates.get(TOOL_USE);
        // ChatML written in Jinja is known by its text: jinjava takes most of a second to load.
        boolean chatMl = plain == null || ChatMl.IN_JINJA.equals(plain.replace("\\n", "\n").strip());
        ChatTemplate first = chatMl ? ChatTemplate.chatMl() : new JinjaTemplate(name, plain, tokens);
        return withTools == null ? first : new TemplateByUse(first, new JinjaTemplate(name, withTools, tokens));
    }

    private static String readText(Path file) {
        try {
            if (Files.size(file) > JinjaTemplate.MAX_SOURCE) {
                throw JinjaTemplate.tooLong(file.toString(), Files.size(file));
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BAD_FILE, file + " cannot be read as UTF-8 text", e).got(e.getMessage());
        }
    }
}
