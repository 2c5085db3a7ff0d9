package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import tickets.scorer.batch.BatchScoring;
import tickets.scorer.model.ScoredBatch;

class RecentCallsTest {

  private static final ScoredBatch BATCH =
      new ScoredBatch(
          StubEngine.MODEL, List.of(), Duration.ZERO, Duration.ZERO, 0, 0, Duration.ZERO);

  private long now = -7;

  @Test
  void callersWhoWaitForEachOtherAreNotCounted() {
    RecentCalls calls = new RecentCalls(() -> now);
    BatchScoring scoring = calls.noting(texts -> BATCH);

    scoring.score(Collections.nCopies(RecentCalls.FEW + 1, "a"));
    assertThat(calls.areThere()).isFalse();
  }

  @Test
  void oneSmallBatchAmongLargeOnesIsNoSignOfFewCallers() {
    RecentCalls calls = new RecentCalls(() -> now);
    BatchScoring scoring = calls.noting(texts -> BATCH);
    for (int i = 0; i < 10; i++) {
      scoring.score(Collections.nCopies(2 * RecentCalls.FEW, "a"));
    }

    scoring.score(List.of("a"));
    assertThat(calls.areThere()).isFalse();

    scoring.score(List.of("a"));
    scoring.score(List.of("a"));
    scoring.score(List.of("a"));
    assertThat(calls.areThere()).isTrue();
  }

  @Test
  void callsAreThereForFiveSecondsAfterTheLast() {
    RecentCalls calls = new RecentCalls(() -> now);
    BatchScoring scoring = calls.noting(texts -> BATCH);
    assertThat(calls.areThere()).isFalse();

    assertThat(scoring.score(List.of("a"))).isSameAs(BATCH);
    assertThat(calls.areThere()).isTrue();

    now += Duration.ofMillis(4_999).toNanos();
    assertThat(calls.areThere()).isTrue();

    now += Duration.ofMillis(1).toNanos();
    assertThat(calls.areThere()).isFalse();
  }
}
