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

  private static SentTogether together(int most) {
    return new SentTogether(2, most, Executors.defaultThreadFactory());
  }

  private void awaitSent(String... expected) {
    await().untilAsserted(() -> assertThat(sent).containsExactly(expected));
  }

  @Test
  void theFirstLeavesAtOnceAndThoseSoonAfterItWaitForOneAnother() {
    try (SentTogether together = together(10)) {
      assertThat(together.offer(LONG, () -> sent.add("first"))).isTrue();
      awaitSent("first");

      assertThat(together.offer(LONG, () -> sent.add("second"))).isTrue();
      assertThat(together.offer(LONG, () -> sent.add("third"))).isTrue();
      assertThat(sent).containsExactly("first");
    }
  }

  @Test
  void theMostImpatientSaysWhenAGroupLeaves() {
    try (SentTogether together = together(10)) {
      together.offer(LONG, () -> sent.add("first"));
      awaitSent("first");

      together.offer(LONG, () -> sent.add("patient"));
      together.offer(Duration.ofMillis(1), () -> sent.add("impatient"));
      awaitSent("first", "patient", "impatient");

      together.offer(LONG, () -> sent.add("later"));
      assertThat(sent).doesNotContain("later");
    }
  }

  @Test
  void groupsLeaveInOrder() {
    try (SentTogether together = together(100)) {
      for (int i = 0; i < 50; i++) {
        String name = "%02d".formatted(i);
        together.offer(Duration.ofMillis(20), () -> sent.add(name));
      }
      await().until(() -> sent.size() == 50);
      assertThat(sent).isSorted();
    }
  }

  @Test
  void oneThatBlocksHoldsUpNoLaterGroup() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (SentTogether together = together(10)) {
      CountDownLatch blocked = new CountDownLatch(1);
      together.offer(
          Duration.ofMillis(1),
          () -> {
            blocked.countDown();
            try {
              free.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      blocked.await();

      together.offer(Duration.ofMillis(1), () -> sent.add("later"));
      awaitSent("later");
      free.countDown();
    }
  }

  @Test
  void tooManyAreRefused() {
    try (SentTogether together = together(2)) {
      together.offer(LONG, () -> sent.add("first"));
      awaitSent("first");

      assertThat(together.offer(LONG, () -> {})).isTrue();
      assertThat(together.offer(LONG, () -> {})).isTrue();
      assertThat(together.offer(LONG, () -> {})).isFalse();
    }
  }

  @Test
  void whatWaitsIsSentAfterTheEndAndNothingElse() {
    SentTogether together = together(10);
    together.offer(Duration.ofMillis(300), () -> sent.add("first"));
    awaitSent("first");
    together.offer(Duration.ofMillis(300), () -> sent.add("second"));

    together.close();

    assertThat(together.offer(Duration.ofMillis(300), () -> sent.add("late"))).isFalse();
    awaitSent("first", "second");
  }
}
