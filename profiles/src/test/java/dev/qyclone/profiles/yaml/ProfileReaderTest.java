package dev.qyclone.profiles.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileReaderTest {
    @Test
    void everyKeyIsRead() {
        Profile profile = parse("""
                name: half-and-half
                layers:                      # first match wins
                  - 0-11: opencl:0:0
                  - 7: cpu
                  - {layers: 12-13, device: 'opencl:0:0', kv: f16, window: 2048, kernels: context, workgroup: 64}
                  - fill-then-spill: [opencl:0:0, cpu]
                  - auto
                  - 50%-100%: gpu:1
                  - all: cpu:scalar
                embedding: cpu
                output: opencl:0:0
                fallback: [cuda:0:0, cpu]
                kv: f16
                reserve: 512 MiB
                context: 4096
                """);
        assertEquals(new Profile("half-and-half", List.of(
                LayerRule.of(new LayerRange.Layers(0, 11), new Target.One("opencl:0:0"), "line 3 of half.yaml"),
                LayerRule.of(new LayerRange.Layers(7, 7), new Target.One("cpu"), "line 4 of half.yaml"),
                new LayerRule(new LayerRange.Layers(12, 13), new Target.One("opencl:0:0"),
                        new LayerOptions(KvType.F16, 2048, new KernelChoice(KernelFamily.CONTEXT, 64)), "line 5 of half.yaml"),
                LayerRule.of(new LayerRange.All(), new Target.Fill(List.of("opencl:0:0", "cpu")), "line 6 of half.yaml"),
                LayerRule.of(new LayerRange.All(), new Target.Auto(), "line 7 of half.yaml"),
                LayerRule.of(new LayerRange.Share(50, 100), new Target.One("gpu:1"), "line 8 of half.yaml"),
                LayerRule.of(new LayerRange.All(), new Target.One("cpu:scalar"), "line 9 of half.yaml")),
                new Choice("cpu", "line 10 of half.yaml"), new Choice("opencl:0:0", "line 11 of half.yaml"),
                List.of("cuda:0:0", "cpu"), "line 12 of half.yaml", KvType.F16, 512L << 20, 4096), profile);
    }

    @Test
    void whatIsNotSaidIsMarkedSo() {
        Profile profile = parse("layers: auto");
        assertEquals("half.yaml", profile.name());
        assertTrue(profile.embedding().isAuto() && profile.output().isAuto());
        assertEquals(List.of(), profile.fallback());
        assertEquals(Profile.UNSAID, profile.reserve());
        assertEquals(0, profile.context());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            fallbck: [cpu] | unknown key `fallbck` on line 2; did you mean `fallback`?
            ouptut: cpu | unknown key `ouptut` on line 2; did you mean `output`?
            colour: red | unknown key `colour` on line 2; expected one of name, layers, embedding
            KV: f16 | unknown key `KV` on line 2; did you mean `kv`?
            FALLBACK: [cpu] | unknown key `FALLBACK` on line 2; did you mean `fallback`?
            reserve: 512 | `reserve` on line 2 is wrong: expected a size such as 512 MiB or 2 GiB, got `512`; did you mean 512 MiB?
            reserve: 1.5 | `reserve` on line 2 is wrong: expected a size such as 512 MiB or 2 GiB, got `1.5`; did you mean 1.5 MiB?
            kv: f61 | `kv` on line 2 is wrong: expected one of f32, f16, got `f61`
            reserve: 5 apples | `reserve` on line 2 is wrong: expected a size such as 512 MiB or 2 GiB, got `5 apples`
            context: many | `context` on line 2 is wrong: expected a whole number from 1 on, got `many`
            context: 0 | `context` on line 2 is wrong
            fallback: cpu | `fallback` on line 2 is wrong: expected a list of devices such as [opencl:0:0, cpu], got `cpu`
            fallback: [auto] | `fallback` on line 2 is wrong
            embedding: [cpu] | `embedding` on line 2 is wrong: expected a device such as cpu, opencl:0:0 or gpu, or auto, got a list
            output: The GPU | `output` on line 2 is wrong
            kv: | `kv` on line 2 is wrong: expected one of f32, f16, got nothing
            layers: [all: cpu] | the key `layers` is there twice on line 2
            '"a: b' | no YAML on line
            """)
    void aWrongLineIsNamedWithWhatWasExpected(String line, String message) {
        assertRefused("layers: [all: cpu]\n" + line, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0-11 | a rule of `layers` on line 2 is wrong: expected auto, or a range with its device, got `0-11`
            11-0: cpu | unknown key `11-0` on line 2; expected layers such as 0-11
            fill-then-spil: [cpu] | unknown key `fill-then-spil` on line 2; did you mean `fill-then-spill`?
            fill-then-spill: [] | `fill-then-spill` on line 2 is wrong
            {layers: 0-11, devise: cpu} | unknown key `devise` on line 2; did you mean `device`?
            {layers: 0-11} | `device` is missing in the rule on line 2
            {device: cpu, window: 7} | `layers` is missing in the rule on line 2
            {device: cpu} | `layers` is missing in the rule on line 2
            {layers: 5-4, device: cpu} | `layers` on line 2 is wrong: expected layers such as 0-11, 7, 50%-100% or all, got `5-4`
            {layers: 1, device: cpu, kernels: fast} | expected one of auto, parallel, context, fpga, got `fast`
            {layers: 1, device: cpu, workgroup: 0} | `workgroup` on line 2 is wrong
            {layers: 1, device: cpu, window: -1} | `window` on line 2 is wrong
            {layers: 1, device: cpu, fill-then-spill: [cpu]} | expected either `device` or `fill-then-spill`
            {0-11: cpu, 12-23: cpu} | a rule of `layers` on line 2 is wrong: expected one range with its device
            """)
    void aWrongRuleIsNamedWithItsLine(String rule, String message) {
        assertRefused("layers:\n  - " + rule, message);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "512 B, 512", "2 KiB, 2048", "1048576, 1048576", "1.5 GB, 1500000000"})
    void sizesAreReadAsTheyAreMeant(String text, long bytes) {
        assertEquals(bytes, parse("layers: auto\nreserve: " + text).reserve());
        assertEquals(List.of(), ProfileSchema.errors("layers: auto\nreserve: " + text));
    }

    @Test
    void aliasesAreRefused() {
        assertRefused("layers: [all: cpu]\nembedding: &a cpu\noutput: *a", "aliases are not read; write the value out on line 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "cpu", "name: x", "layers: []", "layers: {0-11: cpu}", "layers: cpu"})
    void aProfileHasRules(String text) {
        EngineException e = assertThrows(EngineException.class, () -> parse(text));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(e.getMessage().startsWith("half.yaml"), e.getMessage());
    }

    @Test
    void sharesCoverEveryLayerOnceForModelsOfAnyDepth() {
        for (int layers = 1; layers < 100; layers++) {
            for (int layer = 0; layer < layers; layer++) {
                boolean first = new LayerRange.Share(0, 33).contains(layer, layers);
                boolean second = new LayerRange.Share(33, 100).contains(layer, layers);
                assertTrue(first != second, layer + " of " + layers);
            }
        }
        assertFalse(new LayerRange.Share(0, 50).contains(12, 24));
        assertTrue(new LayerRange.Share(0, 50).contains(11, 24));
    }

    private static void assertRefused(String text, String message) {
        EngineException e = assertThrows(EngineException.class, () -> parse(text));
        assertEquals(ErrorCode.BAD_FILE, e.code());
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static Profile parse(String text) {
        return ProfileReader.parse("half.yaml", text);
    }
}
