package dev.qyclone.profiles.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/profiles.md shows is read, and what can be written is in it. */
class DocumentedProfilesTest {
    private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "profiles.md"));
    }

    @Test
    void theExamplesFollowTheSchemaAndAreRead() throws IOException {
        List<String> examples = new ArrayList<>();
        for (Matcher match = EXAMPLE.matcher(page()); match.find();) {
            examples.add(match.group(1));
        }
        assertTrue(examples.size() >= 3, examples.toString());
        for (String example : examples) {
            assertEquals(List.of(), ProfileSchema.errors(example), example);
            ProfileReader.parse("example", example);
        }
    }

    @Test
    void everyKeyOfTheSchemaAndEveryBuiltInProfileIsExplained() throws IOException {
        String page = page();
        List<String> words = new ArrayList<>(BuiltInProfiles.NAMES);
        try (InputStream stream = ProfileReader.class.getResourceAsStream("profile.schema.json")) {
            JsonNode schema = new JsonMapper().readTree(stream);
            schema.get("properties").fieldNames().forEachRemaining(words::add);
            schema.get("$defs").get("rule").get("oneOf").get(3).get("properties").fieldNames().forEachRemaining(words::add);
        }
        for (String word : words) {
            assertTrue(page.contains("`" + word + "`") || page.contains("`" + word + ":"), word);
        }
    }
}
