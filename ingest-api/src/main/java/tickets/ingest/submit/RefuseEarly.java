package tickets.ingest.submit;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import reactor.netty.NettyPipeline;
import tickets.ingest.IngestProblems;
import tickets.ingest.IngestProblems.Answer;
import tickets.ingest.Refusal;
import tickets.ingest.access.AccessProperties;

/**
 * Refuses, right after a request's headers are read, what {@link Headroom} would refuse anyway.
 *
 * <p>Ten times of what can be scored is a thousand calls a second. Through the framework each
 * refusal costs one to two milliseconds of a CPU that the scorer needs; here some tens of
 * microseconds. So a caller learns that there is no room before it is asked who it is.
 *
 * <p>Only plain calls are refused here. Whatever is not so (a browser's from another origin, one
 * sent before the answer to the one before, chunks, {@code Expect}) goes the framework's way and is
 * refused there.
 */
@Component
final class RefuseEarly implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  /** A longer body is not read to its end only to keep the connection. */
  private static final long MOST_BODY_BYTES = 256 * 1024;

  /**
   * What callers were last told; {@link LaneHeadroom} gives many of them one refusal.
   *
   * @param lasting the headers where the connection stays open
   * @param last the headers where it does not
   */
  private record Told(Refusal refusal, Answer answer, HttpHeaders lasting, HttpHeaders last) {

    static Told of(Refusal refusal, Answer answer) {
      return new Told(refusal, answer, headers(answer), headers(answer).set(CONNECTION, CLOSE));
    }

    private static HttpHeaders headers(Answer answer) {
      HttpHeaders headers = new DefaultHttpHeaders();
      headers.set(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
      headers.set("x-content-type-options", "nosniff");
      headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.problem().length);
      if (answer.retryAfter() != null) {
        headers.set(HttpHeaderNames.RETRY_AFTER, answer.retryAfter());
      }
      return headers;
    }

    FullHttpResponse response(boolean keepAlive) {
      return new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1,
          HttpResponseStatus.valueOf(answer.status()),
          Unpooled.wrappedBuffer(answer.problem()),
          keepAlive ? lasting : last,
          EmptyHttpHeaders.INSTANCE);
    }
  }

  private final Map<Headroom.Caller, Told> told = new ConcurrentHashMap<>();
  private final Headroom headroom;
  private final IngestProblems problems;
  private final Duration bodyTimeout;

  RefuseEarly(Headroom headroom, IngestProblems problems, AccessProperties access) {
    this.headroom = headroom;
    this.problems = problems;
    this.bodyTimeout = access.bodyTimeout();
  }

  @Override
  public void customize(NettyReactiveWebServerFactory factory) {
    factory.addServerCustomizers(
        server -> server.doOnChannelInit((observer, channel, remote) -> watch(channel)));
  }

  private void watch(Channel channel) {
    // Next to the framework's first handler: limits on connections see what is refused here too.
    channel
        .pipeline()
        .addBefore(NettyPipeline.HttpTrafficHandler, "tickets.refuseEarly", new Conversation());
  }

  private static Headroom.@Nullable Caller caller(HttpRequest request) {
    String path = path(request);
    return switch (path) {
      case SubmitTicket.WAIT_PATH -> Headroom.Caller.WAITS;
      case SubmitTicket.SUBMIT_PATH -> Headroom.Caller.DOES_NOT_WAIT;
      default -> null;
    };
  }

  /** A kind of caller has one path. */
  private Told tell(Headroom.Caller caller, Refusal refusal, String path) {
    Told last = told.get(caller);
    if (last != null && last.refusal() == refusal) {
      problems.count(refusal);
      return last;
    }
    Told now = Told.of(refusal, problems.answer(refusal, path));
    told.put(caller, now);
    return now;
  }

  private static String path(HttpRequest request) {
    int query = request.uri().indexOf('?');
    return query < 0 ? request.uri() : request.uri().substring(0, query);
  }

  private static boolean isPlain(HttpRequest request) {
    HttpHeaders headers = request.headers();
    long length = HttpUtil.getContentLength(request, -1L);
    return request.decoderResult().isSuccess()
        && request.method().equals(HttpMethod.POST)
        && length >= 0
        && length <= MOST_BODY_BYTES
        && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        && !headers.contains(HttpHeaderNames.EXPECT)
        && !headers.contains(HttpHeaderNames.UPGRADE)
        && !headers.contains(HttpHeaderNames.ORIGIN);
  }

  /** One connection; only its event loop comes here. */
  private final class Conversation extends ChannelDuplexHandler {

    /** Requests that went on and are not answered to their end. */
    private int unanswered;

    /** The framework's last answer said so. */
    private boolean closing;

    /** What the request being read is answered once all of it is here; null: it went on. */
    private @Nullable FullHttpResponse refused;

    private boolean keepAlive;
    private @Nullable Future<?> deadline;

    @Override
    public void channelRead(ChannelHandlerContext context, Object part) {
      if (part instanceof HttpRequest request) {
        refused = refusalOf(request);
        if (refused == null) {
          unanswered++;
        }
      }
      if (refused == null) {
        context.fireChannelRead(part);
        return;
      }
      boolean isLast = part instanceof LastHttpContent;
      ReferenceCountUtil.release(part);
      if (isLast) {
        send(context, refused);
      }
    }

    private @Nullable FullHttpResponse refusalOf(HttpRequest request) {
      if (unanswered > 0 || closing) {
        return null;
      }
      Headroom.Caller caller = caller(request);
      if (caller == null || !isPlain(request)) {
        return null;
      }
      try {
        headroom.check(caller);
        return null;
      } catch (Refusal refusal) {
        keepAlive = HttpUtil.isKeepAlive(request);
        return tell(caller, refusal, path(request)).response(keepAlive);
      }
    }

    private void send(ChannelHandlerContext context, FullHttpResponse response) {
      forgetDeadline();
      refused = null;
      context
          .writeAndFlush(response)
          .addListener(
              keepAlive ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (refused != null && deadline == null) {
        // The framework holds bodies to this time; this one it does not see.
        deadline =
            context
                .executor()
                .schedule(
                    () -> {
                      context.close();
                    },
                    bodyTimeout.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
      context.fireChannelReadComplete();
      if (unanswered == 0) {
        // Nothing that went on will ask for more.
        context.read();
      }
    }

    @Override
    public void write(ChannelHandlerContext context, Object part, ChannelPromise promise) {
      if (part instanceof HttpResponse response) {
        closing = !HttpUtil.isKeepAlive(response);
      }
      if (part instanceof LastHttpContent && !isInterim(part) && unanswered > 0) {
        unanswered--;
      }
      context.write(part, promise);
    }

    /** 100 Continue: the answer is still to come. */
    private static boolean isInterim(Object part) {
      return part instanceof HttpResponse response
          && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      forgetDeadline();
      ReferenceCountUtil.release(refused);
      refused = null;
      context.fireChannelInactive();
    }

    private void forgetDeadline() {
      if (deadline != null) {
        deadline.cancel(false);
        deadline = null;
      }
    }
  }
}
