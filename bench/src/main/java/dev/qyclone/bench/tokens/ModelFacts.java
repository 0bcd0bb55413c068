package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The model that is measured.
 *
 * @param file as it was named
 * @param type such as {@code qwen2 494M Q8_0}: architecture, parameters, the type of most of them
 * @param bytes of all weights
 * @param parameters elements of all weights
 * @param vocab ids are below this
 */
public record ModelFacts(String file, String type, long bytes, long parameters, int vocab) {
    public static ModelFacts of(Model model) {
        Collection<Tensor> tensors = model.source().weights().tensors().values();
        long parameters = tensors.stream().mapToLong(Tensor::elements).sum();
        Map<TensorType, Long> shares = tensors.stream()
                .collect(Collectors.groupingBy(Tensor::type, Collectors.summingLong(Tensor::elements)));
        TensorType most = shares.entrySet().stream()
                .max(Map.Entry.<TensorType, Long>comparingByValue().thenComparing(Map.Entry::getKey, Comparator.reverseOrder()))
                .orElseThrow().getKey();
        String type = model.config().architecture().ggufName() + " " + size(parameters) + " " + most;
        long bytes = tensors.stream().mapToLong(Tensor::bytes).sum();
        return new ModelFacts(model.source().path().toString(), type, bytes, parameters, model.config().vocab());
    }

    /** Such as {@code 494M} or {@code 7.6B}. */
    static String size(long parameters) {
        double millions = parameters / 1e6;
        return millions >= 999.5
                ? String.format(Locale.ROOT, "%.1fB", millions / 1000)
                : String.format(Locale.ROOT, millions >= 99.5 ? "%.0fM" : "%.1fM", millions);
    }
}
