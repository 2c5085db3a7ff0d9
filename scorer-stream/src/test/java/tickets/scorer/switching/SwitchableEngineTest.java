package tickets.scorer.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.Verdict;

class SwitchableEngineTest {

  private static final int THREADS = 4;
  private static final int SWITCHES = 2_000;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void theNextBatchIsScoredByTheOtherEngine() {
    NamedEngine first = new NamedEngine("first");
    SwitchableEngine engine = new SwitchableEngine(first);
    assertThat(engine.score(List.of("a")).model().name()).isEqualTo("first");

    engine.switchTo(new NamedEngine("second"));

    assertThat(engine.score(List.of("a")).model().name()).isEqualTo("second");
    assertThat(engine.manifest().name()).isEqualTo("second");
    assertThat(first.isClosed()).isTrue();
  }

  @Test
  void whoKnowsEnginesOnlyMeetsTheOtherOneTooAndCantCloseIt() {
    SwitchableEngine engine = new SwitchableEngine(new NamedEngine("first"));
    ScoringEngine view = engine.asEngine();
    assertThat(view.manifest().name()).isEqualTo("first");

    engine.switchTo(new NamedEngine("second"));
    view.close();

    assertThat(view.manifest().name()).isEqualTo("second");
    assertThat(view.score(List.of("a")).model().name()).isEqualTo("second");
  }

  @Test
  void theBatchUnderWayIsFinishedByTheEngineThatBeganIt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    NamedEngine first =
        new NamedEngine(
            "first",
            texts -> {
              begun.countDown();
              await(goOn);
            });
    SwitchableEngine engine = new SwitchableEngine(first);
    Future<ScoredBatch> batch = threads.submit(() -> engine.score(List.of("a")));
    await(begun);
    CountDownLatch replaced = new CountDownLatch(1);
    engine.onSwitch(next -> replaced.countDown());
    Future<?> switching = threads.submit(() -> engine.switchTo(new NamedEngine("second")));
    await(replaced);

    assertThat(engine.score(List.of("b")).model().name()).isEqualTo("second");
    assertThat(first.isClosed()).isFalse();
    goOn.countDown();

    assertThat(batch.get(10, TimeUnit.SECONDS).model().name()).isEqualTo("first");
    switching.get(10, TimeUnit.SECONDS);
    assertThat(first.isClosed()).isTrue();
  }

  @Test
  void noBatchFailsOrIsMixedHoweverOftenItIsSwitched() throws Exception {
    SwitchableEngine engine = new SwitchableEngine(new NamedEngine("0"));
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch allScore = new CountDownLatch(THREADS);
    List<Future<Integer>> scoring = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      scoring.add(
          threads.submit(
              () -> {
                int batches = 0;
                while (!over.get()) {
                  ScoredBatch batch = engine.score(List.of("a", "b", "c"));
                  assertThat(batch.verdicts())
                      .allSatisfy(
                          verdict ->
                              assertThat(((Verdict.Scored) verdict).scores().label())
                                  .isEqualTo(batch.model().name()));
                  batches++;
                  if (batches == 1) {
                    allScore.countDown();
                  }
                }
                return batches;
              }));
    }
    assertThat(allScore.await(10, TimeUnit.SECONDS)).isTrue();
    for (int i = 1; i <= SWITCHES; i++) {
      engine.switchTo(new NamedEngine(Integer.toString(i)));
    }
    over.set(true);

    for (Future<Integer> batches : scoring) {
      assertThat(batches.get(10, TimeUnit.SECONDS)).isPositive();
    }
    assertThat(engine.score(List.of("a")).model().name()).isEqualTo(Integer.toString(SWITCHES));
  }

  @Test
  void oneThatIsLoadedWhenAllStopsIsClosed() {
    NamedEngine late = new NamedEngine("late");
    SwitchableEngine engine = new SwitchableEngine(new NamedEngine("first"));
    engine.close();

    assertThatThrownBy(() -> engine.switchTo(late)).hasMessageContaining("being stopped");
    assertThatThrownBy(() -> engine.score(List.of("a"))).hasMessageContaining("closed");
    assertThat(late.isClosed()).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
