package dev.qyclone.bench.study;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The shipped JSON Schema, read by a validator that knows nothing of our records. */
public final class StudySchema {
    private static final Schema SCHEMA = load();

    private StudySchema() {
    }

    private static Schema load() {
        try (InputStream stream = StudyFile.class.getResourceAsStream("study.schema.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the schema says against a text; empty where it is a study. */
    public static List<Error> errors(String json) {
        try {
            return SCHEMA.validate(StudyFile.MAPPER.readTree(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
