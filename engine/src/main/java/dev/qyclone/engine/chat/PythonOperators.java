package dev.qyclone.engine.chat;

import com.hubspot.jinjava.el.ExtendedSyntaxBuilder;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.el.ext.AdditionOperator;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.IntPredicate;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstLiteral;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstString;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ExpressionFactory;

/**
 * Python's operators in place of jinjava's, which convert their operands to a common type: a number and a text can neither be
 * added nor ordered, and are never equal; {@code and} gives one of its operands.
 */
final class PythonOperators extends ExtendedSyntaxBuilder {
    private static final long serialVersionUID = 1L;
    private static final Map<AstBinary.Operator, AstBinary.Operator> BY_JINJAVAS = Map.ofEntries(
            Map.entry(AstBinary.AND, (bindings, context, left, right) -> {
                Object first = left.eval(bindings, context);
                return ObjectTruthValue.evaluate(first) ? right.eval(bindings, context) : first;
            }),
            Map.entry(AdditionOperator.OP, of(PythonOperators::add)),
            Map.entry(AstBinary.SUB, of((a, b) -> integers(a, b) ? (Object) Math.subtractExact(integer(a), integer(b))
                    : real(a) - real(b))),
            Map.entry(AstBinary.MUL, of((a, b) -> integers(a, b) ? (Object) Math.multiplyExact(integer(a), integer(b))
                    : real(a) * real(b))),
            Map.entry(AstBinary.DIV, of((a, b) -> real(a) / divisor(b))),
            Map.entry(AstBinary.MOD, of(PythonOperators::modulo)),
            Map.entry(AstBinary.EQ, of(PythonOperators::equal)),
            Map.entry(AstBinary.NE, of((a, b) -> !equal(a, b))),
            Map.entry(AstBinary.LT, ordered(order -> order < 0)),
            Map.entry(AstBinary.LE, ordered(order -> order <= 0)),
            Map.entry(AstBinary.GT, ordered(order -> order > 0)),
            Map.entry(AstBinary.GE, ordered(order -> order >= 0)));

    private PythonOperators() {
        super(Feature.METHOD_INVOCATIONS, Feature.VARARGS);
    }

    static ExpressionFactory expressions() {
        return new ExpressionFactoryImpl(new TreeStore(new PythonOperators(), null), new Texts());
    }

    @Override
    protected Parser createParser(String expression) {
        return new PythonParser(this, expression);
    }

    private static final class PythonParser extends ExtendedParser {
        PythonParser(Builder builder, String expression) {
            super(builder, expression);
        }

        @Override
        protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
            return super.createAstBinary(left, right, BY_JINJAVAS.getOrDefault(operator, operator));
        }

        @Override
        protected AstNode literal() throws Scanner.ScanException, ParseException {
            AstNode node = super.literal();
            return node instanceof AstString string && JinjaValue.of((String) string.eval(null, null)) instanceof JinjaValue.TrueText text
                    ? new TrueString(text) : node;
        }
    }

    private static final class TrueString extends AstLiteral {
        private final JinjaValue.TrueText text;

        TrueString(JinjaValue.TrueText text) {
            this.text = text;
        }

        @Override
        public Object eval(Bindings bindings, ELContext context) {
            return text;
        }

        @Override
        public void appendStructure(StringBuilder out, Bindings bindings) {
            out.append('\'').append(text).append('\'');
        }
    }

    /** What {@code ~} makes of its operands. */
    private static final class Texts extends TruthyTypeConverter {
        private static final long serialVersionUID = 1L;

        @Override
        protected String coerceToString(Object value) {
            return PythonFilters.string(value);
        }
    }

    private static AstBinary.Operator of(BinaryOperator<Object> operation) {
        return (bindings, context, left, right) -> {
            try {
                return operation.apply(left.eval(bindings, context), right.eval(bindings, context));
            } catch (ArithmeticException e) {
                throw new TemplateRefusal("a number becomes too large");
            }
        };
    }

    private static AstBinary.Operator ordered(IntPredicate holds) {
        return of((a, b) -> {
            String text = JinjaValue.text(a);
            String other = JinjaValue.text(b);
            return holds.test(text != null && other != null ? text.compareTo(other) : Double.compare(real(a), real(b)));
        });
    }

    private static Object add(Object a, Object b) {
        String text = JinjaValue.text(a);
        String other = JinjaValue.text(b);
        if (text != null && other != null) {
            if ((long) text.length() + other.length() > JinjaSandbox.MAX_OUTPUT) {
                throw new TemplateRefusal("a text becomes too long");
            }
            return JinjaValue.of(text + other);
        }
        if (a instanceof List<?> list && b instanceof List<?> more) {
            if ((long) list.size() + more.size() > JinjaSandbox.MAX_ELEMENTS) {
                throw new TemplateRefusal("a list becomes too long");
            }
            List<Object> both = new ArrayList<>(list);
            both.addAll(more);
            return both;
        }
        return integers(a, b) ? (Object) Math.addExact(integer(a), integer(b)) : real(a) + real(b);
    }

    private static Object modulo(Object a, Object b) {
        if (!integers(a, b)) {
            throw new TemplateRefusal("modulo is supported between integers only");
        }
        divisor(b);
        return Math.floorMod(integer(a), integer(b));
    }

    private static double divisor(Object value) {
        double divisor = real(value);
        if (divisor == 0) {
            throw new TemplateRefusal("division by zero");
        }
        return divisor;
    }

    private static boolean equal(Object a, Object b) {
        return equal(a, b, new int[1]);
    }

    /** @param compared how many pairs were, because lists that hold each other twice would take for ever */
    private static boolean equal(Object a, Object b, int[] compared) {
        if (compared[0]++ > JinjaSandbox.MAX_ELEMENTS) {
            throw new TemplateRefusal("two values are too large to be compared");
        }
        String text = JinjaValue.text(a);
        if (text != null) {
            return text.equals(JinjaValue.text(b));
        }
        if (isNumber(a) && isNumber(b)) {
            return integers(a, b) ? integer(a) == integer(b) : real(a) == real(b);
        }
        if (a instanceof List<?> list && b instanceof List<?> other) {
            if (list.size() != other.size()) {
                return false;
            }
            for (int i = 0; i < list.size(); i++) {
                if (!equal(list.get(i), other.get(i), compared)) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> map && b instanceof Map<?, ?> other) {
            return map.keySet().equals(other.keySet())
                    && map.keySet().stream().allMatch(key -> equal(map.get(key), other.get(key), compared));
        }
        return Objects.equals(a, b);
    }

    private static boolean isNumber(Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    private static boolean integers(Object a, Object b) {
        return isInteger(a) && isInteger(b);
    }

    private static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof Boolean;
    }

    private static long integer(Object value) {
        return value instanceof Boolean flag ? flag ? 1 : 0 : ((Number) value).longValue();
    }

    private static double real(Object value) {
        if (!isNumber(value)) {
            throw new TemplateRefusal("an operator joins values that do not fit together");
        }
        return value instanceof Boolean flag ? flag ? 1 : 0 : ((Number) value).doubleValue();
    }
}
