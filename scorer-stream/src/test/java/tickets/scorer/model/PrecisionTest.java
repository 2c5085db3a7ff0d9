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
  void autoTriesTheQuickestFirst(String flag) {
    assertThat(Precision.AUTO.on(Set.of("avx2", flag)))
        .containsExactly(Precision.INT8, Precision.BF16, Precision.FP32);
    assertThat(Precision.AUTO.on(Set.of("avx2", "avx512f")))
        .containsExactly(Precision.INT8, Precision.FP32);
    assertThat(Precision.AUTO.on(Set.of())).containsExactly(Precision.FP32);
    assertThat(Precision.AUTO.onGpu()).containsExactly(Precision.BF16);
  }

  @Test
  void whatIsAskedForIsNeverReplaced() {
    Set<String> flags = Set.of("avx2", "avx512_bf16");

    assertThat(Precision.BF16.on(flags)).containsExactly(Precision.BF16);
    assertThat(Precision.INT8.on(flags)).containsExactly(Precision.INT8);
    assertThat(Precision.FP32.on(flags)).containsExactly(Precision.FP32);
    assertThat(Precision.FP32.onGpu()).containsExactly(Precision.FP32);
  }

  @Test
  void whatTheHardwareLacksIsRefusedWithAWayOut() {
    assertThatThrownBy(() -> Precision.BF16.on(Set.of("avx2")))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("set MODEL_PRECISION=auto or fp32");
    assertThatThrownBy(() -> Precision.INT8.on(Set.of("sse4_2")))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("lacks avx2");
    assertThatThrownBy(Precision.INT8::onGpu)
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("set MODEL_PRECISION=auto");
  }

  @Test
  void attentionIsInBf16OnlyWhereMklMultipliesThat() {
    assertThat(Precision.attendsInBf16(Set.of("avx512_bf16", "amx_bf16"))).isTrue();
    assertThat(Precision.attendsInBf16(Set.of("avx512_bf16"))).isFalse();
    assertThat(BertPriorityModel.how(true, true, 255, Set.of("avx512_bf16", "amx_bf16")))
        .containsExactly(1, 1, 255, 1);
    assertThat(BertPriorityModel.how(true, true, 255, Set.of("avx512_bf16")))
        .containsExactly(1, 1, 255, 0);
    assertThat(BertPriorityModel.how(false, true, 0, Set.of("avx512_bf16")))
        .as("a GPU has its own")
        .containsExactly(0, 1, 0, 1);
    assertThat(BertPriorityModel.how(true, false, 0, Set.of("amx_bf16")))
        .as("no bf16 where fp32 was asked for")
        .containsExactly(1, 0, 0, 0);
  }

  @Test
  void int8LeavesRoomForSumsIn16BitsWithoutVnni() {
    assertThat(Precision.int8Levels(Set.of("avx2"))).isEqualTo(127);
    assertThat(2 * Precision.int8Levels(Set.of("avx2")) * 127).isLessThanOrEqualTo(Short.MAX_VALUE);
    assertThat(Precision.int8Levels(Set.of("avx2", "avx512_vnni"))).isEqualTo(255);
    assertThat(Precision.int8Levels(Set.of("avx2", "avx_vnni"))).isEqualTo(255);
  }
}
