package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrecisionTest {

  @ParameterizedTest
  @ValueSource(strings = {"avx512_bf16", "amx_bf16"})
  void autoIsBf16WhereTheProcessorMultipliesIt(String flag) {
    assertThat(Precision.AUTO.on(Set.of("avx2", flag))).isEqualTo(Precision.BF16);
    assertThat(Precision.BF16.on(Set.of("avx2", flag))).isEqualTo(Precision.BF16);
    assertThat(Precision.FP32.on(Set.of("avx2", flag))).isEqualTo(Precision.FP32);
  }

  @Test
  void autoIsFp32Elsewhere() {
    assertThat(Precision.AUTO.on(Set.of("avx2", "avx512f"))).isEqualTo(Precision.FP32);
  }

  @Test
  void bf16WithoutHardwareIsRefusedWithAWayOut() {
    assertThatThrownBy(() -> Precision.BF16.on(Set.of("avx2")))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("set MODEL_PRECISION=auto or fp32");
  }
}
