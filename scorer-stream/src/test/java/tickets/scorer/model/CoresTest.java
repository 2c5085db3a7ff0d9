package tickets.scorer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CoresTest {
  private static final List<Integer> SOME = IntStream.range(0, 20).boxed().toList();

  private final Cores cores = new Cores(2);

  @Test
  void aBatchAloneHasAllCoresAtOnce() {
    CyclicBarrier both = new CyclicBarrier(2);
    try (Cores.Batch batch = cores.begin()) {
      assertThat(batch.cores()).isEqualTo(2);

      List<String> done =
          batch.map(
              List.of(1, 2),
              each -> {
                meet(both);
                return "done " + each;
              });

      assertThat(done).containsExactly("done 1", "done 2");
    }
  }

  @Test
  void resultsAreInTheOrderOfWhatWasAskedHoweverLongEachTook() {
    try (Cores.Batch batch = cores.begin()) {
      assertThat(
              batch.map(
                  SOME,
                  each -> {
                    sleep(each % 3);
                    return 10 * each;
                  }))
          .isEqualTo(SOME.stream().map(each -> 10 * each).toList());
    }
  }

  @Test
  void theLongestComesFirst() {
    try (Cores.Batch other = cores.begin();
        Cores.Batch batch = cores.begin()) {
      assertThat(other.cores()).isEqualTo(1);
      AtomicInteger order = new AtomicInteger();

      assertThat(batch.map(List.of("short", "long"), each -> order.incrementAndGet()))
          .as("when each was begun")
          .containsExactly(2, 1);
    }
  }

  @Test
  void besideAnotherBatchEachHasItsOwnThreadOnly() {
    Thread mine = Thread.currentThread();
    try (Cores.Batch other = cores.begin();
        Cores.Batch batch = cores.begin()) {
      assertThat(other.cores()).isEqualTo(1);

      assertThat(batch.map(SOME, each -> Thread.currentThread())).containsOnly(mine);
      assertThat(batch.helpersCpu()).isZero();
    }
  }

  @Test
  void moreBatchesThanCoresAreStillScored() {
    try (Cores.Batch one = cores.begin();
        Cores.Batch two = cores.begin();
        Cores.Batch three = cores.begin()) {
      assertThat(List.of(one.cores(), two.cores(), three.cores())).containsOnly(1);
      assertThat(three.map(SOME, each -> each)).isEqualTo(SOME);
    }
  }

  @Test
  void aCoreThatBecomesIdleMeanwhileIsTaken() {
    CountDownLatch helped = new CountDownLatch(1);
    Thread mine = Thread.currentThread();
    Cores.Batch other = cores.begin();
    try (Cores.Batch batch = cores.begin()) {
      List<Boolean> byHelper =
          batch.map(
              List.of(1, 2, 3),
              each -> {
                boolean helper = Thread.currentThread() != mine;
                if (helper) {
                  helped.countDown();
                } else if (each == 3) {
                  other.close();
                } else {
                  await(helped);
                }
                return helper;
              });

      assertThat(byHelper.get(2)).as("begun while the other core was at work").isFalse();
      assertThat(byHelper).contains(true);
    }
  }

  @Test
  void aHelperGoesWhenAnotherBatchComes() {
    CyclicBarrier both = new CyclicBarrier(2);
    Thread mine = Thread.currentThread();
    AtomicInteger helped = new AtomicInteger();
    AtomicReference<Cores.Batch> other = new AtomicReference<>();
    try (Cores.Batch batch = cores.begin()) {
      batch.map(
          SOME,
          each -> {
            if (Thread.currentThread() == mine) {
              if (other.get() == null) {
                meet(both);
                other.set(cores.begin());
                meet(both);
              }
            } else if (helped.incrementAndGet() == 1) {
              meet(both);
              meet(both);
            }
            return each;
          });

      assertThat(helped.get()).as("the other batch has that core now").isEqualTo(1);
      assertThat(cores.busy()).isEqualTo(2);
    } finally {
      other.get().close();
    }
    assertThat(cores.busy()).isZero();
  }

  @Test
  void aBatchThatGivesWayIsNiceToAllOthersAndItsThreadIsNot() {
    assumeTrue(Niceness.isSupported());
    int usual = Niceness.ofThisThread();
    CyclicBarrier both = new CyclicBarrier(2);
    List<Integer> nice;
    try (Cores.Batch batch = cores.beginGivingWay()) {
      nice =
          batch.map(
              List.of(1, 2),
              each -> {
                // On two threads, one of them made by the other.
                meet(both);
                return Niceness.ofThisThread();
              });
      assertThat(batch.map(SOME, each -> Niceness.ofThisThread())).containsOnly(usual + 5);
    }
    assertThat(nice).containsExactly(usual + 5, usual + 5);
    assertThat(Niceness.ofThisThread()).isEqualTo(usual);
    try (Cores.Batch batch = cores.begin()) {
      assertThat(batch.map(SOME, each -> Niceness.ofThisThread())).containsOnly(usual);
    }
    assertThat(cores.busy()).isZero();
  }

  @Test
  void coresOfBatchesThatGiveWayAreIdleForOthersButNotForTheirLike() {
    assumeTrue(Niceness.isSupported());
    CyclicBarrier both = new CyclicBarrier(2);
    try (Cores.Batch one = cores.beginGivingWay();
        Cores.Batch another = cores.beginGivingWay();
        Cores.Batch waitedFor = cores.begin()) {
      assertThat(List.of(one.cores(), another.cores())).containsOnly(1);
      assertThat(waitedFor.cores()).isEqualTo(2);
      assertThat(
              waitedFor.map(
                  List.of(1, 2),
                  each -> {
                    meet(both);
                    return each;
                  }))
          .containsExactly(1, 2);
      assertThat(cores.busy()).isEqualTo(3);
    }
    assertThat(cores.busy()).isZero();
  }

  @Test
  void cpuTimeOfABatchThatGivesWayIsToldToo() {
    try (Cores.Batch batch = cores.beginGivingWay()) {
      assumeTrue(Niceness.isSupported());
      batch.map(
          List.of(1),
          each -> {
            spin();
            return each;
          });

      assertThat(batch.helpersCpu()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    }
  }

  @Test
  void aFailureOnAnyCoreEndsTheBatchAndLeavesNoCoreTaken() {
    CyclicBarrier both = new CyclicBarrier(2);
    Thread mine = Thread.currentThread();
    Set<Integer> begun = ConcurrentHashMap.newKeySet();
    try (Cores.Batch batch = cores.begin()) {
      assertThatThrownBy(
              () ->
                  batch.map(
                      SOME,
                      each -> {
                        begun.add(each);
                        if (begun.size() <= 2) {
                          meet(both);
                        }
                        if (Thread.currentThread() != mine) {
                          throw new ModelFailure("broken");
                        }
                        sleep(50);
                        return each;
                      }))
          .isInstanceOf(ModelFailure.class)
          .hasMessage("broken");

      assertThat(begun).as("what had not begun is left").hasSizeLessThan(5);
      assertThat(batch.cores()).isEqualTo(2);
    }
    try (Cores.Batch next = cores.begin()) {
      assertThat(next.cores()).isEqualTo(2);
    }
  }

  @Test
  void cpuTimeOfHelpersIsTold() {
    CyclicBarrier both = new CyclicBarrier(2);
    try (Cores.Batch batch = cores.begin()) {
      batch.map(
          List.of(1, 2),
          each -> {
            meet(both);
            spin();
            return each;
          });

      assertThat(batch.helpersCpu()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    }
  }

  @Test
  void interruptionIsKeptForWhoCalled() {
    CyclicBarrier both = new CyclicBarrier(2);
    Thread mine = Thread.currentThread();
    try (Cores.Batch batch = cores.begin()) {
      List<Integer> done =
          batch.map(
              List.of(1, 2),
              each -> {
                meet(both);
                if (Thread.currentThread() == mine) {
                  mine.interrupt();
                } else {
                  sleep(50);
                }
                return each;
              });

      assertThat(done).containsExactly(1, 2);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static void spin() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("Nobody came", e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void sleep(int millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
