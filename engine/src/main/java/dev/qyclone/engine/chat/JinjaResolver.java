package dev.qyclone.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;

/**
 * All that a template can reach from a value: entries of maps and lists, the fields of {@code loop}, and the methods of Python
 * that {@link PythonMethods} lists. No Java class, field or method is reached by its name.
 */
final class JinjaResolver extends ELResolver {
    @Override
    public Object getValue(ELContext context, Object base, Object property) {
        if (base == null) {
            return null;
        }
        context.setPropertyResolved(true);
        String key = String.valueOf(property);
        return switch (base) {
            case Map<?, ?> map -> map.get(key);
            case List<?> list -> element(list, key);
            case ForLoop loop -> loop(loop, key);
            default -> {
                String text = JinjaValue.text(base);
                yield text == null ? null : character(text, key);
            }
        };
    }

    private static Object element(List<?> list, String key) {
        Integer index = index(key, list.size());
        return index == null ? null : list.get(index);
    }

    private static Object character(String text, String key) {
        Integer index = index(key, text.codePointCount(0, text.length()));
        return index == null ? null : Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
    }

    private static Integer index(String key, int size) {
        try {
            int index = Integer.parseInt(key);
            int fromStart = index < 0 ? index + size : index;
            return fromStart < 0 || fromStart >= size ? null : fromStart;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static Object loop(ForLoop loop, String field) {
        return switch (field) {
            case "index" -> (long) loop.getIndex();
            case "index0" -> (long) loop.getIndex0();
            case "revindex" -> (long) loop.getRevindex();
            case "revindex0" -> (long) loop.getRevindex0();
            case "first" -> loop.isFirst();
            case "last" -> loop.isLast();
            case "length" -> (long) loop.getLength();
            default -> throw new TemplateRefusal("loop." + field + " is not supported");
        };
    }

    @Override
    public Object invoke(ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
        context.setPropertyResolved(true);
        Object[] given = arguments == null ? new Object[0] : arguments;
        if (base instanceof Filter filter && "filter".equals(method)) {
            @SuppressWarnings("unchecked")
            Map<String, Object> named = (Map<String, Object>) given[3];
            return filter.filter(given[0], (JinjavaInterpreter) given[1], (Object[]) given[2], named);
        }
        if (base instanceof ExpTest test) {
            Object[] rest = Arrays.copyOfRange(given, 2, given.length);
            JinjavaInterpreter interpreter = (JinjavaInterpreter) given[1];
            return "evaluateNegated".equals(method)
                    ? test.evaluateNegated(given[0], interpreter, rest) : test.evaluate(given[0], interpreter, rest);
        }
        return PythonMethods.call(base, String.valueOf(method), given);
    }

    @Override
    public void setValue(ELContext context, Object base, Object property, Object value) {
        throw new TemplateRefusal("a template cannot change a value");
    }

    @Override
    public boolean isReadOnly(ELContext context, Object base, Object property) {
        context.setPropertyResolved(true);
        return true;
    }

    @Override
    public Class<?> getType(ELContext context, Object base, Object property) {
        context.setPropertyResolved(true);
        return Object.class;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, Object base) {
        return Object.class;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
        return Collections.emptyIterator();
    }
}
