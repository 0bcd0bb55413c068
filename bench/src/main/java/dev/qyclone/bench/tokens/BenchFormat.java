package dev.qyclone.bench.tokens;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How rows are written. */
public enum BenchFormat {
    /** A table for people, and for issues and wikis. */
    MD {
        @Override
        public String write(List<BenchRow> rows, Machine machine) {
            return MarkdownReport.of(rows, machine);
        }
    },
    /** One array of objects. */
    JSON {
        @Override
        public String write(List<BenchRow> rows, Machine machine) {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
            printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
            return json(new ObjectMapper().setDefaultPrettyPrinter(printer).enable(SerializationFeature.INDENT_OUTPUT),
                    rows.stream().map(row -> RowFields.of(row, machine)).toList()) + "\n";
        }
    },
    /** One object a line. */
    JSONL {
        @Override
        public String write(List<BenchRow> rows, Machine machine) {
            ObjectMapper mapper = new ObjectMapper();
            return rows.stream().map(row -> json(mapper, RowFields.of(row, machine)) + "\n").collect(Collectors.joining());
        }
    },
    /** A line of names, then one line a row, every value in quotes. */
    CSV {
        @Override
        public String write(List<BenchRow> rows, Machine machine) {
            StringBuilder text = new StringBuilder();
            for (BenchRow row : rows) {
                Map<String, Object> fields = RowFields.of(row, machine);
                if (text.isEmpty()) {
                    text.append(String.join(",", fields.keySet())).append('\n');
                }
                text.append(fields.values().stream().map(BenchFormat::quoted).collect(Collectors.joining(","))).append('\n');
            }
            return text.toString();
        }
    };

    /** All rows as one text, with a line end behind the last. */
    public abstract String write(List<BenchRow> rows, Machine machine);

    private static String json(ObjectMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // numbers, texts and lists of numbers are always written
        }
    }

    private static String quoted(Object value) {
        String text = value == null ? ""
                : value instanceof Collection<?> list ? list.stream().map(String::valueOf).collect(Collectors.joining(";"))
                : value.toString();
        return '"' + text.replace("\"", "\"\"") + '"';
    }
}
