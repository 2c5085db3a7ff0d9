package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SentTogetherTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  private final List<String> sent = new CopyOnWriteArrayList<>();

  private static SentTogether apart(Duration apart, int most) {
    return new SentTogether(apart, 2, most, Executors.defaultThreadFactory());
  }

  private void awaitSent(String... expected) {
    await().untilAsserted(() -> assertThat(sent).containsExactly(expected));
  }

  @Test
  void theFirstLeavesAtOnceAndThoseSoonAfterItWaitForOneAnother() {
    try (SentTogether together = apart(LONG, 10)) {
      assertThat(together.offer(() -> sent.add("first"))).isTrue();
      awaitSent("first");

      assertThat(together.offer(() -> sent.add("second"))).isTrue();
      assertThat(together.offer(() -> sent.add("third"))).isTrue();
      assertThat(sent).containsExactly("first");
    }
  }

  @Test
  void groupsLeaveInOrder() {
    try (SentTogether together = apart(Duration.ofMillis(20), 100)) {
      for (int i = 0; i < 50; i++) {
        String name = "%02d".formatted(i);
        together.offer(() -> sent.add(name));
      }
      await().until(() -> sent.size() == 50);
      assertThat(sent).isSorted();
    }
  }

  @Test
  void oneThatBlocksHoldsUpNoLaterGroup() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (SentTogether together = apart(Duration.ofMillis(1), 10)) {
      CountDownLatch blocked = new CountDownLatch(1);
      together.offer(
          () -> {
            blocked.countDown();
            try {
              free.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      blocked.await();

      together.offer(() -> sent.add("later"));
      awaitSent("later");
      free.countDown();
    }
  }

  @Test
  void tooManyAreRefused() {
    try (SentTogether together = apart(LONG, 2)) {
      together.offer(() -> sent.add("first"));
      awaitSent("first");

      assertThat(together.offer(() -> {})).isTrue();
      assertThat(together.offer(() -> {})).isTrue();
      assertThat(together.offer(() -> {})).isFalse();
    }
  }

  @Test
  void whatWaitsIsSentAfterTheEndAndNothingElse() {
    SentTogether together = apart(Duration.ofMillis(300), 10);
    together.offer(() -> sent.add("first"));
    awaitSent("first");
    together.offer(() -> sent.add("second"));

    together.close();

    assertThat(together.offer(() -> sent.add("late"))).isFalse();
    awaitSent("first", "second");
  }
}
