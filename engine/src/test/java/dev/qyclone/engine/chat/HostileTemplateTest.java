package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates from unknown files: each ends in one line that names the model, before memory or patience is used up. */
class HostileTemplateTest {
    private static final List<ChatMessage> HELLO = List.of(ChatMessage.of("user", "Hello"));

    private static String render(String source) {
        return ChatTemplate.ofJinja("evil.gguf", source).render(HELLO, List.of(), true);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{{ range(99999) }}{% endfor %}",
        "{% set s = namespace(x=[1]) %}{% for a in range(60) %}{% set s.x = [s.x, s.x] %}{% endfor %}{{ s.x|tojson }}",
        "{% set s = namespace(x=[1], y=[1]) %}{% for a in range(60) %}{% set s.x = [s.x, s.x] %}{% set s.y = [s.y, s.y] %}"
            + "{% endfor %}{{ s.x == s.y }}",
        "{% for a in range(9) %}{% for b in range(99999) if false %}{% endfor %}{% endfor %}",
        "{% set n = namespace(s='xxxxxxxxxxxxxxxx') %}{% for a in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}",
        "{% set n = namespace(s='xxxxxxxxxxxxxxxx') %}{% for a in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
        "{% set n = namespace(s='xxxx') %}{% for a in range(60) %}{% set n.s = n.s|replace('x', n.s) %}{% endfor %}{{ n.s }}",
        "{% set n = namespace(s=[1, 2, 3, 4]) %}{% for a in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s|length }}",
        "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% include 'file:///etc/passwd' %}", "{% import '/etc/passwd' as p %}{{ p }}", "{% extends '/etc/passwd' %}",
        "{% from '/etc/passwd' import x %}", "{{ ''.getClass() }}", "{{ ''.class.forName('java.lang.Runtime') }}x{{ ''.getClass().x() }}",
        "{{ messages.getClass() }}", "{{ messages[0].getClass() }}", "{{ loop.getClass() }}{{ messages.clear() }}",
        "{{ messages.append(1) }}", "{{ ''|attr('class') }}", "{{ 'x'|center(999999999) }}", "{{ ____int3rpr3t3r____.getContext() }}",
        "{{ 'a'.repeat(999999999) }}", "{{ raise_exception('no') }}", "{% if %}", "{% for %}", "{{ 'unclosed }}", "{{ 1 + }}",
        "{% for a in messages %}", "{% unknown %}", "{{ messages | nosuchfilter }}", "{{ nosuchfunction() }}",
        "{{ messages is nosuchtest }}", "{% for x %}{% endfor %}", "{{ '\\ud8' }}", "{{ '\\xzz' }}", "{% raw %}", "{% endfor %}",
        "{% do 1 %}", "{{ messages[ }}", "{{ 'x' | render }}", "{{ fn:list(1) }}", "{{ today() }}",
        "{{ messages[0].update({'role': 'x'}) }}",
        "{{ messages[::-1] }}", "{{ raise_exception('100% %s') }}", "{{ 'a' + none }}", "{{ none }}{{ 'a' + messages[0].content + 1 }}",
        "{{ 10 ** 10 ** 10 }}{{ raise_exception('survived') }}",
        "{% for a in messages %}{{ loop.nextitem }}{% endfor %}"
    })
    void endsInOneLine(String source) {
        EngineException failure = assertThrows(EngineException.class, () -> render(source));
        assertTrue(failure.getMessage().startsWith("the chat template of evil.gguf "), failure.getMessage());
        assertTrue(failure.getMessage().length() < 500, failure.getMessage());
        assertEquals(1, failure.getMessage().lines().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{'a':", "not ", "-", "{% if true %}", "{% for a in messages %}"})
    void nothingNestsWithoutEnd(String part) {
        boolean tag = part.startsWith("{%");
        String source = tag ? part.repeat(20_000) : "{{ " + part.repeat(20_000) + " }}";
        EngineException failure = assertThrows(EngineException.class, () -> render(source));
        assertTrue(failure.getMessage().startsWith("the chat template of evil.gguf "), failure.getMessage());
        assertTrue(failure.getMessage().length() < 500, failure.getMessage());
    }

    @Test
    void aValueHasNoJavaFields() {
        assertEquals("", render("{{ ''.class }}{{ messages.class }}{{ messages[0].class }}{{ messages.size }}"));
    }

    @Test
    void aRefusalCarriesTheTemplatesWords() {
        EngineException refusal = assertThrows(EngineException.class, () -> render("{{ raise_exception('roles must\nalternate') }}"));
        assertEquals(ErrorCode.BAD_REQUEST, refusal.code());
        assertEquals("the chat template of evil.gguf refuses the conversation: got roles must alternate", refusal.getMessage());
    }

    @Test
    void aMessageIsNeverRun() {
        String text = ChatGolden.template("qwen2.5-instruct").render(
                List.of(ChatMessage.of("user", "{{ raise_exception('run') }}{% for %}")), List.of(), false);
        assertTrue(text.contains("{{ raise_exception('run') }}{% for %}"));
        assertFalse(text.contains("survived"));
    }
}
