package dev.qyclone.engine.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.FileNotFoundException;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jinjava.javax.el.ExpressionFactory;

/**
 * jinjava, set up to render as Jinja2 does for Hugging Face's chat templates, and so that a template from an unknown file can
 * do nothing but turn a conversation into a text of limited length in limited time.
 */
final class JinjaSandbox {
    static final int MAX_OUTPUT = 64 << 20;

    private static final int MAX_STEPS = 500_000;
    private static final long MAX_NANOS = 2_000_000_000L;
    static final int MAX_ELEMENTS = 100_000;
    private static final int MAX_DEPTH = 64;
    private static final Set<String> TAGS = Set.of("if", "else", "elif", "endif", "for", "endfor", "set", "endset", "macro",
            "endmacro", "raw", "endraw", "break", "continue");
    private static final Set<String> FUNCTIONS = Set.of(PythonFilters.PRINT, "range", "namespace", "raise_exception", "strftime_now");
    static final Set<String> FILTERS = Set.of("tojson", "trim", "upper", "lower", "replace", "string", "length", "count",
            "default", "d", "items", "join", "first", "last", "list", "int", "safe", "selectattr", "rejectattr", "map", "select", "reject");
    static final Set<String> TESTS = Set.of("truthy", "string", "iterable", "sequence", "mapping", "defined", "undefined", "none", "number",
            "boolean", "integer", "float", "true", "false", "in", "eq", "equalto", "==", "ne", "!=", "odd", "even", "divisibleby");

    /** ALL would also demand a space after an opening brace, which {@code {%-} has not, and print our values by their fields. */
    private static final LegacyOverrides LIKE_JINJA2 = LegacyOverrides.Builder.from(LegacyOverrides.ALL)
            .withWhitespaceRequiredWithinTokens(false).withUsePyishObjectMapper(false)
            .withDefaultKeepTrailingNewlineBehavior(true).build();

    private final String name;
    private final Jinjava jinjava;
    private final Map<Context.Library, Set<String>> disabled;

    JinjaSandbox(String name) {
        this.name = name;
        ExpressionFactory expressions = PythonOperators.expressions();
        jinjava = new Jinjava() {
            @Override
            public ExpressionFactory getExpressionFactory() {
                return expressions;
            }
        };
        jinjava.setResourceLocator((file, encoding, interpreter) -> {
            throw new FileNotFoundException("a chat template cannot read files");
        });
        Context context = jinjava.getGlobalContext();
        context.registerTag(new JinjaIf());
        context.registerTag(new JinjaLoop());
        context.registerFunction(new ELFunctionDefinition("", PythonFilters.PRINT, PythonFilters.class, "print", Object.class));
        PythonFilters.filters().forEach(context::registerFilter);
        PythonFilters.tests().forEach(context::registerExpTest);
        context.registerFunction(new ELFunctionDefinition("", "raise_exception", JinjaSandbox.class, "raiseException", Object.class));
        context.registerFunction(new ELFunctionDefinition("", "strftime_now", JinjaSandbox.class, "strftimeNow", Object.class));
        disabled = new EnumMap<>(Context.Library.class);
        disabled.put(Context.Library.TAG, others(context.getAllTags(), TAGS));
        disabled.put(Context.Library.FILTER, others(context.getAllFilters(), FILTERS));
        disabled.put(Context.Library.FUNCTION, others(context.getAllFunctions(), FUNCTIONS));
        disabled.put(Context.Library.EXP_TEST, others(context.getAllExpTests(), TESTS));
    }

    private static Set<String> others(Collection<? extends Importable> all, Set<String> allowed) {
        return all.stream().map(Importable::getName).filter(each -> !allowed.contains(each) && !allowed.contains(each.replace(":", "")))
                .collect(Collectors.toSet());
    }

    static Object raiseException(Object message) {
        throw new TemplateRefusal(String.valueOf(message));
    }

    static Object strftimeNow(Object format) {
        return StrftimeFormatter.format(ZonedDateTime.now(), String.valueOf(format), Locale.ROOT);
    }

    String render(String source, Map<String, Object> bindings) {
        try {
            RenderResult result = jinjava.renderForResult(JinjaSource.rewrite(source), bindings, config());
            if (!result.getErrors().isEmpty()) {
                throw failure(result.getErrors().getFirst());
            }
            return result.getOutput();
        } catch (TemplateFlaw e) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "the chat template of " + name + " " + e.getMessage());
        } catch (StackOverflowError e) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "the chat template of " + name + " is nested too deeply");
        } catch (OverBudget e) {
            throw new EngineException(ErrorCode.UNSUPPORTED, "the chat template of " + name + " takes too long")
                    .expected("at most " + MAX_STEPS + " steps and " + MAX_NANOS / 1_000_000_000 + " s");
        }
    }

    private JinjavaConfig config() {
        Budget budget = new Budget();
        return JinjavaConfig.newBuilder()
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withLegacyOverrides(LIKE_JINJA2)
                .withElResolver(new JinjaResolver())
                .withDisabled(disabled)
                .withMaxOutputSize(MAX_OUTPUT)
                .withMaxStringLength(MAX_OUTPUT)
                .withMaxListSize(MAX_ELEMENTS)
                .withMaxMapSize(MAX_ELEMENTS)
                .withRangeLimit(MAX_ELEMENTS)
                .withMaxRenderDepth(MAX_DEPTH)
                .withEnableRecursiveMacroCalls(true)
                .withMaxMacroRecursionDepth(MAX_DEPTH)
                .withNodePreProcessor((node, interpreter) -> budget.step())
                .build();
    }

    private EngineException failure(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof TemplateRefusal refusal) {
                return new EngineException(ErrorCode.BAD_REQUEST, "the chat template of " + name + " refuses the conversation")
                        .got(refusal.getMessage());
            }
        }
        return new EngineException(ErrorCode.BAD_MODEL, "the chat template of " + name + " fails at line " + error.getLineno())
                .got(error.getReason() + ", " + error.getMessage());
    }

    /** Thrown when a rendering takes too long. An Error, because jinjava goes on after exceptions. */
    private static final class OverBudget extends Error {
        private static final long serialVersionUID = 1;

        OverBudget() {
            super(null, null, false, false);
        }
    }

    /** Counts what one rendering does. */
    private static final class Budget {
        private long start;
        private int steps;

        void step() {
            if (steps == 0) {
                // Not before: the first rendering of a program loads jinjava, which takes its time on a slow machine.
                start = System.nanoTime();
            }
            steps++;
            if (steps > MAX_STEPS || System.nanoTime() - start > MAX_NANOS) {
                throw new OverBudget();
            }
        }
    }
}
