package dev.qyclone.profiles;

import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * A device for every layer, as the user wishes it; {@link Planner} makes a placement of it. docs/profiles.md has every key.
 *
 * @param rules the first that contains a layer says where it runs
 * @param fallback where layers go whose device is missing, full or found wrong, in this order; empty where nothing may move
 * @param fallbackOrigin where the user finds that, such as {@code line 7 of half.yaml}
 * @param kv how keys and values are kept; null for F32
 * @param reserve bytes left free on each device; {@link #UNSAID} for {@link #DEFAULT_RESERVE} on devices other than the host
 * @param context positions that a session may grow to; 0 for as many as the model and the memory allow
 */
public record Profile(
        String name, List<LayerRule> rules, Choice embedding, Choice output, List<String> fallback, String fallbackOrigin, KvType kv,
        long reserve, int context) {
    /** Nothing is said. */
    public static final long UNSAID = -1;
    /** Drivers and kernels take memory, too. */
    public static final long DEFAULT_RESERVE = 512L << 20;

    public Profile {
        rules = List.copyOf(rules);
        fallback = List.copyOf(fallback);
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("a profile without rules");
        }
        if (reserve < UNSAID || context < 0) {
            throw new IllegalArgumentException("reserve " + reserve + ", context " + context);
        }
    }

    /** One that no user wrote, or without a fallback. */
    public Profile(String name, List<LayerRule> rules, Choice embedding, Choice output, List<String> fallback, KvType kv, long reserve,
            int context) {
        this(name, rules, embedding, output, fallback, "`fallback`", kv, reserve, context);
    }

    /** Everything on one device, and nowhere else. */
    public static Profile allOn(String device, String origin) {
        Choice choice = new Choice(device, origin);
        LayerRule all = LayerRule.of(new LayerRange.All(), new Target.One(device), origin);
        return new Profile(device, List.of(all), choice, choice, List.of(), null, UNSAID, 0);
    }

    /** The same with rules that are asked before its own. */
    public Profile withRulesBefore(List<LayerRule> others) {
        List<LayerRule> all = new ArrayList<>(others);
        all.addAll(rules);
        return new Profile(name, all, embedding, output, fallback, fallbackOrigin, kv, reserve, context);
    }

    /** The same with the embedding elsewhere. */
    public Profile withEmbedding(Choice choice) {
        return new Profile(name, rules, choice, output, fallback, fallbackOrigin, kv, reserve, context);
    }

    /** The same with the output elsewhere. */
    public Profile withOutput(Choice choice) {
        return new Profile(name, rules, embedding, choice, fallback, fallbackOrigin, kv, reserve, context);
    }

    /** The same with another way out. */
    public Profile withFallback(List<String> devices, String origin) {
        return new Profile(name, rules, embedding, output, devices, origin, kv, reserve, context);
    }

    /** The same with keys and values kept otherwise, whatever its rules say. */
    public Profile withKv(KvType type) {
        List<LayerRule> alike = rules.stream().map(rule -> rule.options() == null ? rule : new LayerRule(rule.layers(), rule.target(),
                new LayerOptions(null, rule.options().window(), rule.options().kernels()), rule.origin())).toList();
        return new Profile(name, alike, embedding, output, fallback, fallbackOrigin, type, reserve, context);
    }

    /** The same with other kernels, whatever its rules say. */
    public Profile withKernels(KernelChoice kernels) {
        List<LayerRule> alike = rules.stream().map(rule -> rule.options() == null ? rule : new LayerRule(rule.layers(), rule.target(),
                new LayerOptions(rule.options().kv(), rule.options().window(), kernels), rule.origin())).toList();
        return new Profile(name, alike, embedding, output, fallback, fallbackOrigin, kv, reserve, context);
    }

    /** The first rule that says where a layer of so many runs; empty where there is none. */
    public Optional<LayerRule> ruleOf(int layer, int layers) {
        return rules.stream().filter(rule -> rule.layers().contains(layer, layers)).findFirst();
    }

    /** What the first rule that says more than where says of a layer. */
    public LayerOptions optionsOf(int layer, int layers) {
        return optionsRuleOf(layer, layers).map(LayerRule::options).orElse(LayerOptions.NONE);
    }

    private Optional<LayerRule> optionsRuleOf(int layer, int layers) {
        return rules.stream().filter(rule -> rule.options() != null && rule.layers().contains(layer, layers)).findFirst();
    }

    /** True if a rule says where one of so many layers runs, or how. */
    boolean decides(LayerRule rule, int layers) {
        return IntStream.range(0, layers).anyMatch(layer -> ruleOf(layer, layers).filter(rule::equals).isPresent()
                || optionsRuleOf(layer, layers).filter(rule::equals).isPresent());
    }

    /** True if a rule gives its layers a window. */
    public boolean hasWindows() {
        return rules.stream().anyMatch(rule -> rule.options() != null && rule.options().window() != LayerOptions.UNSAID);
    }

    /** Windows of a model's layers as the rules have them, {@code given} where they say nothing; 0 for all positions. */
    public List<Integer> windows(int layers, IntUnaryOperator given) {
        return IntStream.range(0, layers).mapToObj(layer -> {
            int window = optionsOf(layer, layers).window();
            return window == LayerOptions.UNSAID ? given.applyAsInt(layer) : window;
        }).toList();
    }

    /** All names of devices in it, {@link Choice#AUTO} included. */
    public Set<String> devices() {
        Set<String> names = new LinkedHashSet<>();
        for (LayerRule rule : rules) {
            switch (rule.target()) {
                case Target.One one -> names.add(one.device());
                case Target.Fill fill -> names.addAll(fill.devices());
                case Target.Auto auto -> names.add(Choice.AUTO);
            }
        }
        // The planner chooses the devices of embedding and output among the host and those of the layers.
        List.of(embedding, output).stream().filter(choice -> !choice.isAuto()).forEach(choice -> names.add(choice.device()));
        names.addAll(fallback);
        return names;
    }
}
