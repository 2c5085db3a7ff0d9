package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In virtual time, where the loop is two queues, but for one test. */
class LoopTurnsTest {

  private static final Duration HALF = LoopTurns.TURN.dividedBy(2);

  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final Queue<Runnable> endOfLoop = new ArrayDeque<>();
  private final List<String> order = new ArrayList<>();
  private long now = Long.MAX_VALUE - 3;
  private final LoopTurns turns = new LoopTurns(() -> now);

  private void take(String call, Duration work) {
    turns.take(
        loop::add,
        endOfLoop::add,
        () -> {
          now += work.toNanos();
          order.add(call);
        });
  }

  /** As Netty's: tasks until there are none, then those for its end until there are none. */
  private void iterate() {
    while (!loop.isEmpty()) {
      loop.remove().run();
    }
    while (!endOfLoop.isEmpty()) {
      endOfLoop.remove().run();
    }
    order.add("read");
  }

  @Test
  void aCallByItselfIsWorkedOnAtOnce() {
    for (int i = 0; i < 5; i++) {
      take("call", LoopTurns.TURN.multipliedBy(2));
      iterate();
    }
    assertThat(order)
        .containsExactly(
            "call", "read", "call", "read", "call", "read", "call", "read", "call", "read");
    assertThat(turns.areTaken()).isFalse();
  }

  @Test
  void manyAreWorkedOnInTheirOrderAndTheLoopReadsInBetween() {
    for (int i = 1; i <= 7; i++) {
      take(String.valueOf(i), HALF);
    }
    assertThat(order).containsExactly("1", "2");
    assertThat(turns.areTaken()).isTrue();
    order.clear();

    iterate();
    iterate();
    take("behind them", HALF);
    iterate();
    iterate();

    assertThat(order)
        .containsExactly("3", "4", "read", "5", "6", "read", "7", "behind them", "read", "read");
    assertThat(turns.areTaken()).isFalse();
    assertThat(loop).isEmpty();
    assertThat(endOfLoop).isEmpty();
  }

  @Test
  void oneThatFailsCostsNobodyElseItsTurn() {
    take("1", LoopTurns.TURN);
    turns.take(
        loop::add,
        endOfLoop::add,
        () -> {
          throw new IllegalStateException("failed");
        });
    take("3", HALF);

    assertThatThrownBy(this::iterate).hasMessage("failed");
    iterate();
    iterate();

    assertThat(order).contains("1", "3");
    assertThat(turns.areTaken()).isFalse();
  }

  /** Were turns to follow each other, a task from outside would come after all of them. */
  @Test
  void aRealLoopDoesOtherThingsBetweenTwoTurns() throws Exception {
    List<String> done = new CopyOnWriteArrayList<>();
    LoopTurns real = new LoopTurns();
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      EventLoop one = group.next();
      one.execute(
          () -> {
            for (int i = 0; i < 100; i++) {
              real.take(one, LoopPace.endOf(one), () -> done.add(longCall()));
            }
          });
      await().until(() -> !done.isEmpty());
      one.execute(() -> done.add("other"));

      await().until(() -> done.size() == 101);
      assertThat(done.indexOf("other")).isLessThan(99);
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  private static String longCall() {
    long end = System.nanoTime() + LoopTurns.TURN.toNanos();
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return "call";
  }
}
