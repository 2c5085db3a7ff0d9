package tickets.scorer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The number format of the model's matrix products. What lies between them is fp32, or bf16 where
 * the processor is quicker with it.
 */
public enum Precision {
  /** The quickest that this processor runs and that stays close enough to fp32 with this model. */
  AUTO,
  /** Exact to a few millionths, runs anywhere. */
  FP32,
  /**
   * About 1.7 times as fast as fp32; probabilities differ by 0.02 at most. Needs avx512_bf16 or
   * amx_bf16, or a GPU.
   */
  BF16,
  /**
   * About twice as fast as fp32 (docs/decisions/0004-how-does-bert-run-in-the-jvm.md). How close it
   * stays depends on the model and is measured when it is loaded ({@link Calibration}). Needs avx2.
   */
  INT8;

  private static final Set<String> BF16_FLAGS = Set.of("avx512_bf16", "amx_bf16");

  /**
   * MKL works attention's products out, and multiplies bf16 itself only on Intel's processors:
   * elsewhere it turns them into fp32 first, small as they are, which took twice as long as fp32
   * from the start (AMD Zen 5, {@code benchmarks/results/attention}).
   */
  private static final String ATTENDS_IN_BF16_FLAG = "amx_bf16";

  private static final Set<String> VNNI_FLAGS = Set.of("avx512_vnni", "avx_vnni", "amx_int8");

  /** What to try for this choice on a processor with these flags, the quickest first; not empty. */
  List<Precision> on(Set<String> flags) {
    boolean bf16 = multipliesBf16(flags);
    boolean int8 = flags.contains("avx2");
    return switch (this) {
      case AUTO -> {
        List<Precision> choices = new ArrayList<>();
        if (int8) {
          choices.add(INT8);
        }
        if (bf16) {
          choices.add(BF16);
        }
        choices.add(FP32);
        yield choices;
      }
      case FP32 -> List.of(FP32);
      case BF16 -> {
        if (!bf16) {
          throw new UnusableModel(
              "MODEL_PRECISION=bf16, but this processor has neither avx512_bf16 nor amx_bf16 and"
                  + " would be slower with it: set MODEL_PRECISION=auto or fp32.");
        }
        yield List.of(BF16);
      }
      case INT8 -> {
        if (!int8) {
          throw new UnusableModel(
              "MODEL_PRECISION=int8, but this processor lacks avx2 and would be slower with it: set"
                  + " MODEL_PRECISION=auto or fp32.");
        }
        yield List.of(INT8);
      }
    };
  }

  /** The same on a GPU. */
  List<Precision> onGpu() {
    return switch (this) {
      case AUTO, BF16 -> List.of(BF16);
      case FP32 -> List.of(FP32);
      case INT8 ->
          throw new UnusableModel(
              "MODEL_PRECISION=int8 is for processors, but the model runs on a GPU: set"
                  + " MODEL_PRECISION=auto.");
    };
  }

  public static boolean multipliesBf16(Set<String> flags) {
    return flags.stream().anyMatch(BF16_FLAGS::contains);
  }

  /** Whether attention is quicker in bf16, where the products round it are. */
  static boolean attendsInBf16(Set<String> flags) {
    return flags.contains(ATTENDS_IN_BF16_FLAG);
  }

  /**
   * The largest activation in int8. Without VNNI a processor adds the products of two pairs in 16
   * bits, which 2 x 255 x 127 overflows and 2 x 127 x 127 does not.
   */
  static int int8Levels(Set<String> flags) {
    return flags.stream().anyMatch(VNNI_FLAGS::contains) ? 255 : 127;
  }

  /** The flags of this machine's processor; none if the system does not tell. */
  public static Set<String> processorFlags() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(
              line ->
                  Set.copyOf(List.of(line.substring(line.indexOf(':') + 1).trim().split("\\s+"))))
          .orElse(Set.of());
    } catch (IOException | java.io.UncheckedIOException e) {
      return Set.of();
    }
  }
}
