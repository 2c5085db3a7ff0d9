package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MetersTest {

  private static final Meters BEFORE =
      Meters.read(
          """
          # HELP scorer_batch_tickets Tickets of a batch
          # TYPE scorer_batch_tickets summary
          scorer_batch_tickets_count{application="s",trigger="full"} 2
          scorer_batch_tickets_sum{application="s",trigger="full"} 256.0
          scorer_batch_tickets_count{application="s",trigger="age"} 1
          scorer_batch_tickets_sum{application="s",trigger="age"} 4.0
          scorer_batch_fill_count 3
          scorer_batch_fill_sum 2.03125
          scorer_tokens_total 1.6E4
          scorer_tokens_padding_total 1000.0
          jvm_threads_live_threads 31.0
          """);

  private static final Meters AFTER =
      Meters.read(
          """
          scorer_batch_tickets_count{trigger="full"} 4
          scorer_batch_tickets_sum{trigger="full"} 512.0
          scorer_batch_tickets_count{trigger="age"} 3
          scorer_batch_tickets_sum{trigger="age"} 68.0
          scorer_batch_fill_count 7
          scorer_batch_fill_sum 4.53125
          scorer_tokens_total 3.5E4
          scorer_tokens_padding_total 2000.0
          """);

  @Test
  void batchesOfAllTriggersAreCountedTogether() {
    assertThat(AFTER.ticketsPerBatch(BEFORE)).isEqualTo((256 + 64) / 4.0);
  }

  @Test
  void fillIsTheMeanOfTheBatchesInBetween() {
    assertThat(AFTER.batchFill(BEFORE)).isEqualTo(2.5 / 4);
  }

  @Test
  void paddingIsAShareOfAllTokens() {
    assertThat(AFTER.paddingShare(BEFORE)).isCloseTo(1_000 / 20_000.0, within(1e-9));
  }

  @Test
  void whatIsNotTheScorersIsLeftOut() {
    assertThat(BEFORE.values()).doesNotContainKey("jvm_threads_live_threads");
  }

  @Test
  void withoutABatchThereIsNoFill() {
    assertThat(AFTER.batchFill(AFTER)).isZero();
  }
}
