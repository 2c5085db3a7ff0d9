package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In virtual time, where the loop is a queue, but for one test. */
class LoopPaceTest {

  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final List<Duration> rests = new ArrayList<>();
  private long now = -5;
  private boolean hasWork;
  private final LoopPace pace =
      new LoopPace(
          () -> hasWork,
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
    assertThat(rests).containsExactly(LoopPace.LONGEST_REST);
  }

  @Test
  void refusalsFarApartAreAnsweredAtOnce() {
    for (int i = 0; i < 10; i++) {
      pace.refused(loop::add);
      pass(LoopPace.LONGEST_REST);
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

    assertThat(rests).containsExactly(Duration.ofMillis(10), LoopPace.LONGEST_REST);
  }

  @Test
  void ticketsThatAreScoredQuicklyAreNotHeldUp() {
    pace.letIn(loop::add, LoopPace.LONG_WAIT.minusMillis(1));
    pass(Duration.ZERO);

    assertThat(rests).isEmpty();
  }

  @Test
  void aLoopThatHasCallsToWorkOnDoesNotRest() {
    hasWork = true;
    pace.letIn(loop::add, Duration.ofSeconds(4));
    pass(Duration.ZERO);
    assertThat(rests).isEmpty();

    hasWork = false;
    pace.letIn(loop::add, Duration.ofSeconds(4));
    pass(Duration.ZERO);
    assertThat(rests).containsExactly(LoopPace.LONGEST_REST);
  }

  /** Else what comes during the rest is not read before they end its connection as idle. */
  @Test
  void timeOutsThatAreDueRunBeforeARest() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    LoopPace real = new LoopPace(() -> false, System::nanoTime, nanos -> order.add("rest"));
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      Channel server =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(
                  new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext context, Object bytes) {
                      ReferenceCountUtil.release(bytes);
                      order.add("read");
                      EventExecutor loop = context.executor();
                      loop.schedule(() -> order.add("time-out"), 0, TimeUnit.MILLISECONDS);
                      real.letIn(LoopPace.endOf(loop), Duration.ofSeconds(1));
                    }
                  })
              .bind("127.0.0.1", 0)
              .sync()
              .channel();
      try (Socket socket = new Socket("127.0.0.1", port(server))) {
        socket.getOutputStream().write(1);

        await().until(() -> order.size() == 3);
        assertThat(order).containsExactly("read", "time-out", "rest");
      }
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  private static int port(Channel server) {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }
}
