package tickets.scorer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The number format of the model's matrix products. Everything between them is fp32 in either case.
 */
public enum Precision {
  /** bf16 where the processor multiplies it in hardware, else fp32. */
  AUTO,
  /** Exact to a few millionths, runs anywhere. */
  FP32,
  /**
   * About 1.7 times as fast; probabilities differ by 0.02 at most. Needs avx512_bf16 or amx_bf16,
   * or a GPU.
   */
  BF16;

  private static final Set<String> BF16_FLAGS = Set.of("avx512_bf16", "amx_bf16");

  /** FP32 or BF16, never AUTO, for a processor with these flags. */
  Precision on(Set<String> flags) {
    boolean hardware = flags.stream().anyMatch(BF16_FLAGS::contains);
    if (this == BF16 && !hardware) {
      throw new UnusableModel(
          "MODEL_PRECISION=bf16, but this processor has neither avx512_bf16 nor amx_bf16 and would"
              + " be slower with it: set MODEL_PRECISION=auto or fp32.");
    }
    return this == AUTO ? (hardware ? BF16 : FP32) : this;
  }

  /** The flags of this machine's processor; none if the system does not tell. */
  static Set<String> processorFlags() {
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
