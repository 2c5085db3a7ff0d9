package tickets.benchmarks.overload;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tickets.benchmarks.Figures;
import tickets.benchmarks.HttpCalls;
import tickets.benchmarks.Progress;
import tickets.benchmarks.processes.Usage;

/**
 * What the cheapest refusal costs on this machine while its cores are busy: a server that reads
 * nothing, checks nothing and writes the same bytes to whoever sends some. That much is the
 * network's and the scheduler's, whatever a service does to refuse cheaply.
 */
public final class BareRefusals {

  private static final byte[] REFUSAL = refusal();
  private static final int CALLS_A_SECOND = 1_000;
  private static final int WARM_UP_SECONDS = 60;
  private static final int ROUNDS = 5;
  private static final int ROUND_SECONDS = 12;

  private BareRefusals() {}

  private static byte[] refusal() {
    String body = "{\"status\":503,\"detail\":\"More tickets come in than are scored.\"}";
    return ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
            + "Retry-After: 1\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(US_ASCII);
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "serve" -> serve();
      case "spin" -> spin();
      default -> measure();
    }
  }

  private static void measure() throws Exception {
    Process server = child("serve");
    int port = Integer.parseInt(server.inputReader().readLine());
    for (int core = 0; core < Runtime.getRuntime().availableProcessors(); core++) {
      child("spin");
    }
    List<ProcessHandle> measured = List.of(server.toHandle());
    Figures micros = new Figures();
    try (HttpCalls calls = new HttpCalls("127.0.0.1", port, Duration.ofSeconds(20))) {
      Progress.line("Warming up, %d s", WARM_UP_SECONDS);
      load(calls, WARM_UP_SECONDS);
      for (int round = 0; round < ROUNDS; round++) {
        double before = Usage.of(measured).cpuSeconds();
        int refused = load(calls, ROUND_SECONDS);
        double each = 1e6 * (Usage.of(measured).cpuSeconds() - before) / refused;
        Progress.line("%.1f microseconds of CPU a refusal, %d refused", each, refused);
        micros.add(each);
      }
    }
    System.out.println(
        String.format(
            Locale.ROOT, "cpu_us_a_refusal=%.1f rounds=%d", micros.percentile(50), ROUNDS));
    System.exit(0);
  }

  /** Evenly, whatever became of the calls before; returns how many were refused. */
  private static int load(HttpCalls calls, int seconds) throws InterruptedException {
    byte[] body =
        "{\"text\":\"The invoice page does not open since this morning.\"}".getBytes(US_ASCII);
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger open = new AtomicInteger();
    long start = System.nanoTime();
    long all = (long) seconds * CALLS_A_SECOND;
    for (long sent = 0; sent < all; TimeUnit.MILLISECONDS.sleep(1)) {
      long due = (System.nanoTime() - start) * CALLS_A_SECOND / 1_000_000_000;
      for (; sent < Math.min(due, all); sent++) {
        open.incrementAndGet();
        calls.post(
            "/v1/bert_prediction",
            body,
            answer -> {
              open.decrementAndGet();
              if (answer.status() == 503) {
                refused.incrementAndGet();
              }
            });
      }
    }
    while (open.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return refused.get();
  }

  /** Says its port, and ends with its parent. */
  private static void serve() throws Exception {
    Channel server =
        new ServerBootstrap()
            .group(new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory()))
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Refuse());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    System.out.println(((InetSocketAddress) server.localAddress()).getPort());
    untilParentEnds();
  }

  private static final class Refuse extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      ReferenceCountUtil.release(bytes);
      context.writeAndFlush(Unpooled.wrappedBuffer(REFUSAL));
    }
  }

  /** Takes what of a core nobody else wants, as a scorer's thread does; ends with its parent. */
  private static void spin() throws IOException {
    Thread spinning =
        new Thread(
            () -> {
              while (true) {
                Thread.onSpinWait();
              }
            },
            "spin");
    spinning.setDaemon(true);
    spinning.start();
    untilParentEnds();
  }

  /** However that ends: the other end of the pipe is closed then. */
  private static void untilParentEnds() throws IOException {
    if (System.in.read() < 0) {
      System.exit(0);
    }
  }

  private static Process child(String what) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            BareRefusals.class.getName(),
            what)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
