package dev.qyclone.profiles.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ProfileWriterTest {
    @Test
    void commentsStandAboveAndBehindTheRules() {
        Profile profile = Profile.allOn("cpu", "the tuner");
        assertEquals("""
                # tuned
                #
                name: cpu
                layers:
                  - all: cpu  # 1.2 ms per token
                embedding: cpu
                output: cpu
                """, ProfileWriter.toYaml(profile, List.of("tuned", ""), List.of("1.2 ms per token")));
    }

    @Property(tries = 200)
    void whatIsWrittenIsReadAgain(@ForAll("profiles") Profile profile) {
        String yaml = ProfileWriter.toYaml(profile, List.of("for: people"), List.of());
        assertEquals(withoutOrigins(profile), withoutOrigins(ProfileReader.parse("written", yaml)), yaml);
        assertTrue(ProfileSchema.errors(yaml).isEmpty(), () -> ProfileSchema.errors(yaml) + "\n" + yaml);
    }

    @Provide
    Arbitrary<Profile> profiles() {
        Arbitrary<String> devices = Arbitraries.of("cpu", "cpu:scalar", "opencl:0:0", "gpu", "gpu:1");
        Arbitrary<Choice> choices = Arbitraries.of("cpu", "auto", "opencl:0:1").map(device -> new Choice(device, ""));
        Arbitrary<String> names = Arbitraries.of("a", "it's: two", "7", "# no", "line\nbreak", "true");
        return Combinators.combine(names.map(name -> name.replace('\n', ' ')), rules(devices).list().ofMinSize(1).ofMaxSize(4),
                choices, choices, devices.list().ofMaxSize(2), Arbitraries.of(KvType.class).injectNull(0.3),
                Arbitraries.of(Profile.UNSAID, 0L, 1L << 30, 512L << 20, 1500L), Arbitraries.of(0, 1, 4096)).as(Profile::new);
    }

    private static Arbitrary<LayerRule> rules(Arbitrary<String> devices) {
        Arbitrary<LayerRange> ranges = Arbitraries.of(new LayerRange.All(), new LayerRange.Layers(3, 3), new LayerRange.Layers(0, 11),
                new LayerRange.Share(0, 50));
        Arbitrary<Target> targets = Arbitraries.oneOf(devices.map(Target.One::new), Arbitraries.just(new Target.Auto()),
                devices.list().ofMinSize(1).ofMaxSize(3).map(Target.Fill::new));
        Arbitrary<LayerOptions> options = Combinators.combine(
                Arbitraries.of(KvType.class).injectNull(0.5), Arbitraries.of(LayerOptions.UNSAID, 0, 2048),
                Arbitraries.of(KernelChoice.AUTO, new KernelChoice(KernelFamily.FPGA, 0), new KernelChoice(KernelFamily.AUTO, 64)))
                .as(LayerOptions::new);
        return Combinators.combine(ranges, targets, options).as((range, target, option) -> new LayerRule(range, target, option, ""));
    }

    private static Profile withoutOrigins(Profile profile) {
        return new Profile(profile.name(),
                profile.rules().stream().map(rule -> new LayerRule(rule.layers(), rule.target(), rule.options(), "")).toList(),
                new Choice(profile.embedding().device(), ""), new Choice(profile.output().device(), ""), profile.fallback(), profile.kv(),
                profile.reserve(), profile.context());
    }
}
