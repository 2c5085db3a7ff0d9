package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tickets.benchmarks.WholePipeline.LIMIT;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tickets.benchmarks.WholePipeline.Answer;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;

/** What the whole, as six processes, does while a part of it is away or far. */
@NullUnmarked // fields are set before the first test
@TestMethodOrder(MethodOrderer.MethodName.class)
class FaultsTest {

  /** Each way: 200 ms there and back. */
  private static final Duration FAR = Duration.ofMillis(100);

  @TempDir static Path work;
  private static WholePipeline pipeline;

  @BeforeAll
  static void start() throws Exception {
    pipeline = WholePipeline.start(work.resolve("run"), Servers.Setup.startingFast().withDoors());
  }

  @AfterAll
  static void stop() {
    if (pipeline != null) {
      pipeline.close();
    }
  }

  private static String newId() {
    return "F-" + UUID.randomUUID();
  }

  private static List<String> newIds(int count) {
    return IntStream.range(0, count).mapToObj(i -> newId()).toList();
  }

  @Test
  void withoutAScorerTicketsAreKeptAndCallersLearnWhereToAsk() throws Exception {
    pipeline.servers().of(Role.SCORER).terminate();
    List<String> ids = new ArrayList<>(newIds(5));
    for (String id : ids) {
      assertThat(pipeline.submit(id, "Without a scorer: " + id).status()).isEqualTo(202);
    }
    String waiting = newId();
    ids.add(waiting);
    Answer answer = pipeline.score(waiting, "Who waits: " + waiting);

    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.field("task_id")).isEqualTo(waiting);
    assertThat(answer.header("location")).isEqualTo("/result/" + waiting);
    assertThat(pipeline.get("/result/" + waiting).field("status")).isEqualTo("PENDING");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              Answer status = pipeline.get("/status");
              assertThat(status.status()).isEqualTo(503);
              assertThat(status.field("detail")).contains("No scorer runs");
              assertThat(status.json().get("scorer").get("lag").asInt()).isEqualTo(ids.size());
            });

    pipeline.servers().of(Role.SCORER).start();
    pipeline.awaitScored(ids);
    pipeline.awaitWell();
    await().atMost(LIMIT).untilAsserted(() -> assertThat(pipeline.lag()).isZero());
  }

  @ParameterizedTest
  @EnumSource(names = {"BROKER", "REDIS", "POSTGRES"})
  void withAStoreFarAwayCallsAreAnsweredAllTheSame(Role store) {
    pipeline.servers().distance(store, FAR);
    List<String> ids = newIds(20);
    try {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < ids.size(); i++) {
        answers.add(
            pipeline.later(
                i % 2 == 0 ? "/v1/bert_prediction" : "/v1/bert_prediction_async",
                ids.get(i),
                "Far from " + store.label() + ": " + ids.get(i)));
      }
      for (int i = 0; i < ids.size(); i++) {
        Answer answer = answers.get(i).join();
        assertThat(answer.status()).as(answer.body()).isEqualTo(i % 2 == 0 ? 200 : 202);
      }
      pipeline.awaitScored(ids);
      assertThat(pipeline.get("/result/" + newId()).status()).isEqualTo(404);
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(pipeline.get("/status").field("state")).isEqualTo("up"));
    } finally {
      pipeline.servers().distance(store, Duration.ZERO);
    }
    pipeline.awaitWell();
  }
}
