package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tickets.benchmarks.WholePipeline.LIMIT;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tickets.benchmarks.WholePipeline.Answer;
import tickets.benchmarks.processes.Servers;

/** A store's disk runs full while tickets come in, and has room again later. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class DiskFullLongTest {

  /** What a store wants to be free at its start, and some. */
  private static final int DISK_MIB = 700;

  private static final String LONG_TEXT = "The disk is full. ".repeat(500);

  @TempDir Path work;

  private static String newId() {
    return "D-" + UUID.randomUUID();
  }

  @Test
  void withTheBrokersDiskFullCallersAreToldAndNothingAcceptedIsLost() throws Exception {
    List<String> accepted = new ArrayList<>();
    try (SmallDisk disk = SmallDisk.mount(work.resolve("run/stores/kafka"), DISK_MIB);
        WholePipeline pipeline =
            WholePipeline.start(work.resolve("run"), Servers.Setup.startingFast())) {
      for (int i = 0; i < 10; i++) {
        assertThat(submit(pipeline, accepted).status()).isEqualTo(202);
      }
      disk.fill();
      await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> submit(pipeline, accepted).status() == 503);
      for (int i = 0; i < 5; i++) {
        Answer answer = submit(pipeline, accepted);
        if (answer.status() == 503) {
          assertThat(answer.header("retry-after")).matches("[0-9]+");
          assertThat(answer.field("detail")).contains("Kafka");
        }
      }

      disk.free();
      pipeline.awaitWell();
      assertThat(submit(pipeline, accepted).status()).isEqualTo(202);
      pipeline.awaitScored(accepted);
    }
  }

  private static Answer submit(WholePipeline pipeline, List<String> accepted) {
    String id = newId();
    Answer answer = pipeline.submit(id, id + LONG_TEXT);
    assertThat(answer.status()).as(answer.body()).isIn(202, 503);
    if (answer.status() == 202) {
      accepted.add(id);
    }
    return answer;
  }

  @Test
  void withPostgresDiskFullTicketsAreScoredAndTheTableCatchesUp() throws Exception {
    List<String> ids = new ArrayList<>();
    try (SmallDisk disk = SmallDisk.mount(work.resolve("run/stores/postgres"), DISK_MIB);
        WholePipeline pipeline =
            WholePipeline.start(work.resolve("run"), Servers.Setup.startingFast())) {
      disk.fill();
      for (int i = 0; i < 60; i++) {
        String id = newId();
        ids.add(id);
        Answer answer =
            i % 2 == 0 ? pipeline.score(id, id + LONG_TEXT) : pipeline.submit(id, id + LONG_TEXT);
        assertThat(answer.status()).as(answer.body()).isEqualTo(i % 2 == 0 ? 200 : 202);
      }
      assertThat(pipeline.lag()).as("what PostgreSQL has no room for").isPositive();

      disk.free();
      pipeline.awaitScored(ids);
      pipeline.awaitWell();
    }
  }
}
