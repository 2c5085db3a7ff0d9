package tickets.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RunningPartsTest {

  private final List<String> stopped = new CopyOnWriteArrayList<>();

  @Test
  void whatStartedLastStopsFirst() {
    RunningParts parts = new RunningParts(Duration.ofSeconds(10));
    parts.add("store", () -> stopped.add("store"));
    parts.add("service", () -> stopped.add("service"));

    parts.close();
    parts.close();

    assertThat(stopped).containsExactly("service", "store");
  }

  @Test
  void onePartThatFailsOrNeverStopsKeepsNoOtherFromStopping() {
    CountDownLatch never = new CountDownLatch(1);
    RunningParts parts = new RunningParts(Duration.ofMillis(300));
    parts.add("store", () -> stopped.add("store"));
    parts.add(
        "broken",
        () -> {
          throw new IOException("broken");
        });
    parts.add("hanging", never::await);

    parts.close();

    assertThat(stopped).containsExactly("store");
    never.countDown();
  }
}
