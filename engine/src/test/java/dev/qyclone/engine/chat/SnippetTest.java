package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Small templates against Jinja2: what we do not render as it does, we refuse in one line; but for the deviations listed here. */
class SnippetTest {
    private static final int RENDERED_ALIKE = 300;

    /** Where Jinja2 raises an error, and a rendering comes out here. */
    private static final Set<String> LENIENT = Set.of("{% for loop in [1] %}{{ loop }}{% endfor %}", "{{ {'a': 1}.c.d }}",
            "{{ nothing.a is defined }}", "{{ nothing.a | default('x') }}", "{{ {'a': 1}.items() | tojson }}", "{% set x.y = 1 %}",
            "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% if nothing.a.b %}a{% else %}b{% endif %}",
            "{% if 'a' in none %}{% endif %}", "{{ nothing.a }}|", "{{ nothing.a.b }}", "{{ a.b.c }}");

    /** Where another rendering comes out. */
    private static final Set<String> DIFFERENT = Set.of("{% if 'fal' ~ 'se' %}a{% endif %}",
            "{% set x %}false{% endset %}{{ 'a' if x else 'b' }}", "{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(1) }}",
            "{% if 1 in ['1'] %}a{% else %}b{% endif %}", "{{ 'a' == 'a' == true }}");

    @Test
    void rendersAlikeOrRefuses() throws IOException {
        Set<String> lenient = new TreeSet<>();
        Set<String> different = new TreeSet<>();
        int alike = 0;
        for (JsonNode row : ChatGolden.JSON.readTree(ChatGolden.resource("snippets-golden.json"))) {
            String source = row.get(0).textValue();
            String expected = row.get(1).textValue();
            try {
                String rendered = ChatTemplate.ofJinja("m", source).render(List.of(), List.of(), false);
                if (expected == null) {
                    lenient.add(source);
                } else if (expected.equals(rendered)) {
                    alike++;
                } else {
                    different.add(source);
                }
            } catch (EngineException refused) {
                assertEquals(1, refused.getMessage().lines().count(), source);
            }
        }
        assertEquals(new TreeSet<>(LENIENT), lenient);
        assertEquals(new TreeSet<>(DIFFERENT), different);
        assertTrue(alike >= RENDERED_ALIKE, alike + " rendered alike");
    }
}
