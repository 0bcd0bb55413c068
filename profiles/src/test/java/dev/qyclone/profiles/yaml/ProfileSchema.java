package dev.qyclone.profiles.yaml;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The shipped JSON Schema, read by a validator that knows nothing of our reader. */
public final class ProfileSchema {
    private static final Schema SCHEMA = load();

    private ProfileSchema() {
    }

    private static Schema load() {
        try (InputStream stream = ProfileReader.class.getResourceAsStream("profile.schema.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the schema says against a profile; empty where it is one. */
    public static List<Error> errors(String yaml) {
        try {
            return SCHEMA.validate(new YAMLMapper().readTree(yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
