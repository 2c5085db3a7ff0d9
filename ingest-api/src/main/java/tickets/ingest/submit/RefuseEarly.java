package tickets.ingest.submit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
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
import tickets.ingest.access.ConnectionLimits;

/**
 * Refuses, right after a request's headers have come, what {@link Headroom} would refuse anyway.
 *
 * <p>Ten times of what can be scored is thousands of calls a second. Through the framework each
 * refusal costs one to two milliseconds of a CPU that the scorer needs; here sixteen microseconds,
 * half of which the network takes. So a caller learns that there is no room before it is asked who
 * it is.
 *
 * <p>Only plain calls are refused here. Whatever is not so (a browser's from another origin, one
 * sent before the answer to the one before, chunks, {@code Expect}) goes the framework's way and is
 * refused there. Every call that waits is seen here first, so here its loop is told to let calls
 * gather ({@link LoopPace}), and to let others have their turn where many are let in ({@link
 * LoopTurns}).
 */
@Component
final class RefuseEarly implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  /** A longer body is not read to its end only to keep the connection. */
  private static final int MOST_BODY_BYTES = 256 * 1024;

  /**
   * What callers were last told; {@link LaneHeadroom} gives many of them one refusal.
   *
   * @param lasting the answer where the connection stays open
   * @param last the answer where it does not
   */
  private record Told(Refusal refusal, byte[] lasting, byte[] last) {

    static Told of(Refusal refusal, Answer answer) {
      return new Told(refusal, response(answer, ""), response(answer, "connection: close\r\n"));
    }

    private static byte[] response(Answer answer, String connection) {
      byte[] problem = answer.problem();
      byte[] head =
          ("HTTP/1.1 "
                  + HttpResponseStatus.valueOf(answer.status())
                  + "\r\ncontent-type: "
                  + MediaType.APPLICATION_PROBLEM_JSON_VALUE
                  + "\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: "
                  + problem.length
                  + "\r\n"
                  + (answer.retryAfter() == null
                      ? ""
                      : "retry-after: " + answer.retryAfter() + "\r\n")
                  + connection
                  + "\r\n")
              .getBytes(US_ASCII);
      byte[] response = Arrays.copyOf(head, head.length + problem.length);
      System.arraycopy(problem, 0, response, head.length, problem.length);
      return response;
    }
  }

  private final Map<Headroom.Caller, Told> told = new ConcurrentHashMap<>();

  /** Of one event loop. */
  private record Loop(LoopTurns turns, LoopPace pace) {

    static Loop of(LoopTurns turns) {
      return new Loop(turns, new LoopPace(turns::areTaken));
    }
  }

  private final FastThreadLocal<Loop> loops =
      new FastThreadLocal<>() {
        @Override
        protected Loop initialValue() {
          return Loop.of(new LoopTurns());
        }
      };
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
    Conversation conversation = new Conversation();
    channel
        .pipeline()
        .addBefore(NettyPipeline.HttpCodec, "tickets.refuseEarly", conversation.new Bytes())
        .addBefore(NettyPipeline.HttpTrafficHandler, "tickets.answers", conversation.new Answers());
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

  private static Headroom.@Nullable Caller caller(CallHead head) {
    boolean isPlain =
        head.method().equals("POST")
            && head.hasLength()
            && head.bodyBytes() <= MOST_BODY_BYTES
            && !head.isCrossOrigin();
    if (!isPlain) {
      return null;
    }
    return switch (head.path()) {
      case SubmitTicket.WAIT_PATH -> Headroom.Caller.WAITS;
      case SubmitTicket.SUBMIT_PATH -> Headroom.Caller.DOES_NOT_WAIT;
      default -> null;
    };
  }

  /** A call that was let in, until the framework has it. */
  private static final class LetIn {
    private final Headroom.Place place;
    private final Queue<ByteBuf> behind = new ArrayDeque<>(1);
    private boolean readCompleted;

    LetIn(Headroom.Place place) {
      this.place = place;
    }

    void giveUp() {
      place.close();
      behind.forEach(ByteBuf::release);
      behind.clear();
    }
  }

  /** One connection; only its event loop comes here. */
  private final class Conversation {

    /** Something came after which only the server knows where a call begins. */
    private boolean lost;

    /** Of a call that went on, what of its body is still to come. */
    private int bodyOfPassed;

    /** Calls that went on and are not answered to their end. */
    private int unanswered;

    /** The framework's last answer said so. */
    private boolean closing;

    /** We have answered for the last time: what comes after that is of no call to anybody. */
    private boolean ended;

    /** What the call being read is answered once all of it is here; null: it went on. */
    private @Nullable Told refused;

    private int bodyOfRefused;
    private boolean keepAlive;
    private @Nullable Future<?> deadline;

    /** The call that was let in and waits for the loop's turn, and what came behind its head. */
    private @Nullable LetIn letIn;

    private void forgetDeadline() {
      if (deadline != null) {
        deadline.cancel(false);
        deadline = null;
      }
    }

    /** Before HTTP is read. */
    private final class Bytes extends ChannelInboundHandlerAdapter {

      @Override
      public void channelRead(ChannelHandlerContext context, Object bytes) {
        ByteBuf in = (ByteBuf) bytes;
        if (letIn != null) {
          letIn.behind.add(in);
          return;
        }
        do {
          if (refused != null) {
            readRefused(context, in);
          }
        } while (!ended && in.isReadable() && isRefused(context, in));
        if (letIn != null) {
          takeTurn(context, letIn, in);
        } else if (!ended && in.isReadable()) {
          context.fireChannelRead(in);
        } else {
          in.release();
        }
      }

      private void takeTurn(ChannelHandlerContext context, LetIn call, ByteBuf in) {
        call.behind.add(in);
        EventExecutor loop = context.executor();
        loops.get().turns().take(loop, LoopPace.endOf(loop), () -> goOn(context, call));
        if (letIn == call) {
          // It waits. Its head has come whole, and its connection is not idle.
          ConnectionLimits.place(context.channel()).headRead();
          if (context.pipeline().get(NettyPipeline.IdleTimeoutHandler) != null) {
            context.pipeline().remove(NettyPipeline.IdleTimeoutHandler);
          }
        }
      }

      /** To the framework. */
      private void goOn(ChannelHandlerContext context, LetIn call) {
        if (letIn != call) {
          // Its connection has ended meanwhile.
          return;
        }
        letIn = null;
        // The framework asks for one, too.
        call.place.close();
        context.fireChannelRead(call.behind.remove());
        while (!call.behind.isEmpty()) {
          channelRead(context, call.behind.remove());
        }
        if (call.readCompleted) {
          channelReadComplete(context);
        }
      }

      /** Whether the call that begins here is refused; otherwise all these bytes are to go on. */
      private boolean isRefused(ChannelHandlerContext context, ByteBuf in) {
        if (lost) {
          return false;
        }
        if (bodyOfPassed > 0) {
          passed(bodyOfPassed, in);
          return false;
        }
        CallHead head = CallHead.at(in);
        if (head == null) {
          lost = true;
          return false;
        }
        Told refusal = enter(head);
        if (refusal == null) {
          unanswered++;
          if (head.path().equals(SubmitTicket.WAIT_PATH)) {
            loops
                .get()
                .pace()
                .letIn(
                    LoopPace.endOf(context.executor()), headroom.usualWait(Headroom.Caller.WAITS));
          }
          passed(head.bytes() + head.bodyBytes(), in);
          return false;
        }
        refused = refusal;
        keepAlive = head.keepAlive();
        bodyOfRefused = head.bodyBytes();
        ConnectionLimits.place(context.channel()).headRead();
        in.skipBytes(head.bytes());
        readRefused(context, in);
        return true;
      }

      /**
       * @param due bytes of the call that goes on
       */
      private void passed(int due, ByteBuf in) {
        bodyOfPassed = due - in.readableBytes();
        // The next call is here already, on its way with this one.
        lost = bodyOfPassed < 0;
      }

      /** Why the call is refused; null if it goes on, as {@link #letIn} if it might have been. */
      private @Nullable Told enter(CallHead head) {
        Headroom.Caller caller = unanswered > 0 || closing ? null : caller(head);
        if (caller == null) {
          return null;
        }
        try {
          letIn = new LetIn(headroom.enter(caller));
          return null;
        } catch (Refusal refusal) {
          return tell(caller, refusal, head.path());
        }
      }

      private void readRefused(ChannelHandlerContext context, ByteBuf in) {
        int read = Math.min(bodyOfRefused, in.readableBytes());
        in.skipBytes(read);
        bodyOfRefused -= read;
        Told refusal = refused;
        if (bodyOfRefused == 0 && refusal != null) {
          send(context, refusal);
        }
      }

      private void send(ChannelHandlerContext context, Told refusal) {
        forgetDeadline();
        refused = null;
        boolean stays = ConnectionLimits.place(context.channel()).answered() && keepAlive;
        ChannelFuture sent =
            context.writeAndFlush(
                Unpooled.wrappedBuffer(stays ? refusal.lasting() : refusal.last()));
        if (!stays) {
          ended = true;
          sent.addListener(ChannelFutureListener.CLOSE);
        }
        ChannelHandler idle = context.pipeline().get(NettyPipeline.IdleTimeoutHandler);
        if (idle instanceof IdleStateHandler timer) {
          // It sees nothing of this call, and would end the connection of who is only refused.
          timer.resetReadTimeout();
        }
        loops.get().pace().refused(LoopPace.endOf(context.executor()));
      }

      @Override
      public void channelReadComplete(ChannelHandlerContext context) {
        if (letIn != null) {
          letIn.readCompleted = true;
          return;
        }
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
        if (unanswered == 0 && !lost) {
          // Nothing that went on will ask for more.
          context.read();
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        forgetDeadline();
        refused = null;
        if (letIn != null) {
          letIn.giveUp();
          letIn = null;
        }
        context.fireChannelInactive();
      }
    }

    /** Next to the framework: its answers before they are written as HTTP. */
    private final class Answers extends ChannelOutboundHandlerAdapter {

      @Override
      public void write(ChannelHandlerContext context, Object part, ChannelPromise promise) {
        if (part instanceof HttpResponse response) {
          closing = !HttpUtil.isKeepAlive(response);
        }
        if (part instanceof LastHttpContent && unanswered > 0) {
          unanswered--;
        }
        context.write(part, promise);
      }
    }
  }
}
