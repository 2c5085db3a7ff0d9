package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link PriorityModel} keeps to. Extend it and say how to make one. */
abstract class PriorityModelContract {
  private PriorityModel model;

  /** A model that knows the tokens 0 to 99 at least. */
  abstract PriorityModel create();

  /** How far a logit may move when the ticket is scored beside others. */
  abstract double tolerance();

  @BeforeEach
  void open() {
    model = create();
  }

  @AfterEach
  void close() {
    if (model != null) {
      model.close();
    }
  }

  /** Lengths from 2 to the longest, in no order. */
  private List<int[]> tickets() {
    List<int[]> tickets = new ArrayList<>();
    for (int length : new int[] {5, 2, Math.min(80, model.maxTokens()), 17, 3, 33, 16, 2}) {
      int[] ids = new int[Math.min(length, model.maxTokens())];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 5 + (i * 31 + length * 7 + tickets.size()) % 90;
      }
      tickets.add(ids);
    }
    return tickets;
  }

  @Test
  void oneRowOfLogitsForEachTicketInTheirOrder() {
    List<int[]> tickets = tickets();
    float[][] logits = model.logits(TokenBatch.of(tickets));

    assertThat(logits).hasDimensions(tickets.size(), model.labelCount());
  }

  @Test
  void ticketAloneScoresAsInAnyBatch() {
    List<int[]> tickets = tickets();
    float[][] together = model.logits(TokenBatch.of(tickets));

    for (int i = 0; i < tickets.size(); i++) {
      float[] alone = model.logits(TokenBatch.of(List.of(tickets.get(i))))[0];
      assertThat(together[i]).containsExactly(alone, within((float) tolerance()));
    }
  }

  @Test
  void longestTicketIsTaken() {
    int[] longest = new int[model.maxTokens()];
    Arrays.fill(longest, 7);

    assertThat(model.logits(TokenBatch.of(List.of(longest)))[0]).hasSize(model.labelCount());
  }

  @Test
  void ticketBeyondTheWindowFails() {
    assertThatThrownBy(() -> model.logits(TokenBatch.of(List.of(new int[model.maxTokens() + 1]))))
        .isInstanceOf(ModelFailure.class);
  }

  @Test
  void manyThreadsGetWhatOneGets() throws Exception {
    List<int[]> tickets = tickets();
    float[][] expected = model.logits(TokenBatch.of(tickets));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<float[][]>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(
            CompletableFuture.supplyAsync(() -> model.logits(TokenBatch.of(tickets)), threads));
      }
      for (CompletableFuture<float[][]> answer : answers) {
        float[][] actual = answer.get(60, TimeUnit.SECONDS);
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).containsExactly(expected[i], within((float) tolerance()));
        }
      }
    } finally {
      threads.shutdownNow();
      assertThat(threads.awaitTermination(Duration.ofSeconds(60).toSeconds(), TimeUnit.SECONDS))
          .isTrue();
    }
  }

  @Test
  void closedModelFailsInsteadOfTouchingFreedMemory() {
    model.close();
    model.close();

    assertThatThrownBy(() -> model.logits(TokenBatch.of(tickets())))
        .isInstanceOf(ModelFailure.class);
  }
}
