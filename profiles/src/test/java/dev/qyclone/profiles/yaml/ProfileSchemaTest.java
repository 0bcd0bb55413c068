package dev.qyclone.profiles.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileSchemaTest {
    static final List<String> NAMES = BuiltInProfiles.NAMES;

    @ParameterizedTest
    @FieldSource("NAMES")
    void theBuiltInProfilesFollowTheSchema(String name) throws IOException {
        assertEquals(List.of(), ProfileSchema.errors(BuiltInProfiles.yaml(name)));
        assertEquals(name, BuiltInProfiles.named(name).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "layers: []", "layers: cpu", "layers: [auto]\nfallbck: [cpu]", "layers: [{layers: 0-1, device: cpu, windw: 5}]",
        "layers: [{layers: 0-1}]", "layers: [{0-1: cpu, 2-3: cpu}]", "layers: auto\nkv: f61", "layers: auto\nreserve: 5 apples",
        "layers: auto\nfallback: [auto]", "layers: auto\ncontext: 0", "layers: auto\nreserve: 512", "layers: [0%-200%: cpu]",
        "layers: [{layers: 101%-102%, device: cpu}]"
    })
    void whatTheReaderRefusesTheSchemaRefuses(String yaml) {
        assertFalse(ProfileSchema.errors(yaml).isEmpty());
        assertThrows(EngineException.class, () -> ProfileReader.parse("wrong", yaml));
    }
}
