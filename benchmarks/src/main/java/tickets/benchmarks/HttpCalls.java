package tickets.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Posts JSON and gets answers over kept connections, on one thread and with as little work as can
 * be: whoever loads a machine from within takes from it what it measures.
 */
public final class HttpCalls implements AutoCloseable {

  private static final int MOST_BODY_BYTES = 256 * 1024;

  private final String host;
  private final int port;
  private final Duration patience;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Bootstrap bootstrap;

  /** The one used last is used next, so that no more are kept than are needed; of the loop only. */
  private final Deque<Channel> idle = new ArrayDeque<>();

  /**
   * What came of a call.
   *
   * @param status 0 if there was no answer
   * @param body or why there was no answer
   * @param retryAfter the header's value
   */
  public record Answer(int status, String body, @Nullable String retryAfter) {}

  private record Call(byte[] request, Consumer<Answer> onAnswer, boolean onKeptConnection) {}

  /**
   * @param patience how long an answer may take
   */
  public HttpCalls(String host, int port, Duration patience) {
    this.host = host;
    this.port = port;
    this.patience = patience;
    this.bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) patience.toMillis())
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpResponseDecoder(),
                            new HttpObjectAggregator(MOST_BODY_BYTES),
                            new Conversation());
                  }
                });
  }

  /**
   * @param onAnswer is called once, on this client's only thread
   */
  public void post(String path, byte[] json, Consumer<Answer> onAnswer) {
    byte[] head =
        head(
            "POST",
            path,
            "Content-Type: application/json\r\nContent-Length: " + json.length + "\r\n");
    byte[] request = new byte[head.length + json.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(json, 0, request, head.length, json.length);
    loop.execute(() -> send(request, onAnswer));
  }

  /** Ends some of the kept connections, so that as many calls to come make new ones. */
  public void closeKept(int most) {
    loop.execute(
        () -> {
          for (int i = 0; i < most && !idle.isEmpty(); i++) {
            idle.removeLast().close();
          }
        });
  }

  /** As {@link #post}, without a body. */
  public void get(String path, Consumer<Answer> onAnswer) {
    byte[] request = head("GET", path, "");
    loop.execute(() -> send(request, onAnswer));
  }

  private byte[] head(String method, String path, String headers) {
    return (method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private void send(byte[] request, Consumer<Answer> onAnswer) {
    for (Channel kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
      if (kept.isActive()) {
        kept.pipeline().get(Conversation.class).begin(new Call(request, onAnswer, true));
        return;
      }
    }
    connect(request, onAnswer);
  }

  private void connect(byte[] request, Consumer<Answer> onAnswer) {
    bootstrap
        .connect(host, port)
        .addListener(
            (io.netty.channel.ChannelFuture made) -> {
              if (made.isSuccess()) {
                made.channel()
                    .pipeline()
                    .get(Conversation.class)
                    .begin(new Call(request, onAnswer, false));
              } else {
                onAnswer.accept(new Answer(0, String.valueOf(made.cause()), null));
              }
            });
  }

  private final class Conversation extends SimpleChannelInboundHandler<FullHttpResponse> {
    private @Nullable Channel channel;
    private @Nullable Call call;
    private @Nullable ScheduledFuture<?> limit;

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      channel = context.channel();
    }

    void begin(Call next) {
      Channel open = channel;
      if (open == null) {
        next.onAnswer().accept(new Answer(0, "not connected", null));
        return;
      }
      call = next;
      limit = loop.schedule(() -> fail("no answer in time"), patience.toMillis(), MILLIS);
      ByteBuf bytes = Unpooled.wrappedBuffer(next.request());
      open.writeAndFlush(bytes, open.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      Call answered = end();
      if (answered == null) {
        context.close();
        return;
      }
      Answer answer =
          new Answer(
              response.status().code(),
              response.content().toString(StandardCharsets.UTF_8),
              response.headers().get("retry-after"));
      if (HttpUtil.isKeepAlive(response)) {
        idle.addFirst(context.channel());
      } else {
        context.close();
      }
      answered.onAnswer().accept(answer);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      Call broken = end();
      if (broken == null) {
        return;
      }
      if (broken.onKeptConnection()) {
        // The server had closed it for idleness while the request was on its way: send it anew.
        connect(broken.request(), broken.onAnswer());
      } else {
        broken.onAnswer().accept(new Answer(0, "connection closed", null));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      fail(cause.toString());
    }

    private void fail(String reason) {
      Call failed = end();
      if (channel != null) {
        channel.close();
      }
      if (failed != null) {
        failed.onAnswer().accept(new Answer(0, reason, null));
      }
    }

    private @Nullable Call end() {
      Call ended = call;
      call = null;
      if (limit != null) {
        limit.cancel(false);
        limit = null;
      }
      return ended;
    }
  }

  private static final TimeUnit MILLIS = TimeUnit.MILLISECONDS;

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
