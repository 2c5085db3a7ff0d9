package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** In virtual time; the loop is a queue. */
class LoopPaceTest {

  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final List<Duration> rests = new ArrayList<>();
  private long now = -5;
  private final LoopPace pace =
      new LoopPace(
          () -> now,
          nanos -> {
            rests.add(Duration.ofNanos(nanos));
            now += nanos;
          });

  private void pass(Duration time) {
    now += time.toNanos();
    while (!loop.isEmpty()) {
      loop.remove().run();
    }
  }

  @Test
  void theSecondRefusalWithinARestMakesTheLoopRestOnceForAll() {
    pace.refused(loop::add);
    pass(Duration.ofMillis(1));
    assertThat(rests).isEmpty();

    for (int i = 0; i < 10; i++) {
      pace.refused(loop::add);
    }
    pass(Duration.ofMillis(1));
    assertThat(rests).containsExactly(LoopPace.PAUSE);
  }

  @Test
  void refusalsFarApartAreAnsweredAtOnce() {
    for (int i = 0; i < 10; i++) {
      pace.refused(loop::add);
      pass(LoopPace.PAUSE);
    }
    assertThat(rests).isEmpty();
  }

  @Test
  void callsGatherForATwentiethOfWhatTicketsWait() {
    pace.letIn(loop::add, Duration.ofMillis(200));
    pace.letIn(loop::add, Duration.ofMillis(200));
    pass(Duration.ZERO);
    pace.letIn(loop::add, Duration.ofSeconds(4));
    pass(Duration.ZERO);

    assertThat(rests).containsExactly(Duration.ofMillis(10), LoopPace.PAUSE);
  }

  @Test
  void ticketsThatAreScoredQuicklyAreNotHeldUp() {
    pace.letIn(loop::add, LoopPace.LONG_WAIT.minusMillis(1));
    pass(Duration.ZERO);

    assertThat(rests).isEmpty();
  }
}
