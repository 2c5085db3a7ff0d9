package tickets.ingest.access;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import tickets.ingest.IngestMeters;

/**
 * What a connection may cost: how many there are, and how slowly a request may come. A caller that
 * sends a byte now and then keeps its place no longer than one that sends nothing.
 *
 * <p>How long headers and the request line may be, and how long an idle connection is kept, are the
 * server's own settings in {@code ingest-api.yml}.
 */
@Component
public final class ConnectionLimits
    implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  private static final Logger log = LoggerFactory.getLogger(ConnectionLimits.class);
  private static final Duration TELL_EVERY = Duration.ofMinutes(1);

  private static final AttributeKey<Place> PLACE = AttributeKey.valueOf("tickets.place");

  /**
   * One connection's place among all, for who reads and answers a call before HTTP is read. Only on
   * the connection's event loop.
   */
  public interface Place {

    /** A call's line and headers are here, and their time-out ends. */
    void headRead();

    /**
     * A call is answered.
     *
     * @return whether the connection may stay; else the answer is to be its last
     */
    boolean answered();
  }

  private final int maxConnections;
  private final Duration headerTimeout;
  private final Duration bodyTimeout;
  private final AtomicInteger connections = new AtomicInteger();

  /** Answered, and kept for a next call. */
  private final Set<Channel> idle = ConcurrentHashMap.newKeySet();

  /** A caller may be waiting for a place, and no connection is idle: the next answered one ends. */
  private final AtomicBoolean wanted = new AtomicBoolean();

  private final AtomicLong told = new AtomicLong(System.nanoTime() - TELL_EVERY.toNanos());

  ConnectionLimits(AccessProperties properties, IngestMeters meters) {
    maxConnections = properties.maxConnections();
    headerTimeout = properties.headerTimeout();
    bodyTimeout = properties.bodyTimeout();
    meters.connections(connections::get);
  }

  @Override
  public void customize(NettyReactiveWebServerFactory factory) {
    factory.addServerCustomizers(this::limit);
  }

  private HttpServer limit(HttpServer server) {
    return server
        .requestTimeout(bodyTimeout)
        .doOnBound(bound -> bound.channel().pipeline().addFirst("tickets.connections", new Port()))
        .doOnChannelInit((observer, channel, remote) -> watch(channel));
  }

  /** Where every connection has been given one, before its first byte is read. */
  public static Place place(Channel channel) {
    return channel.attr(PLACE).get();
  }

  private void watch(Channel channel) {
    RequestHead head = new RequestHead(channel);
    channel.attr(PLACE).set(head);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addFirst("tickets.requestBytes", head.new Bytes());
    pipeline.addAfter(NettyPipeline.HttpCodec, "tickets.requestHead", head.new Requests());
  }

  /** Asked once for each answer: who hears it is wanted gives its place up. */
  private boolean isPlaceWanted() {
    return wanted.get() && wanted.compareAndSet(true, false) && isFull();
  }

  private boolean isFull() {
    return connections.get() >= maxConnections;
  }

  /**
   * Where connections are accepted. Callers beyond the limit wait in the system's queue of
   * connections, as they do at a full Tomcat, and are served when a place is free: cut off, they
   * would call again at once, which costs more.
   */
  private final class Port extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      Channel port = context.channel();
      connections.incrementAndGet();
      ((Channel) accepted).closeFuture().addListener(closed -> ended(port, (Channel) accepted));
      if (isFull()) {
        stopAccepting(port);
      }
      context.fireChannelRead(accepted);
    }

    private void ended(Channel port, Channel connection) {
      idle.remove(connection);
      connections.decrementAndGet();
      if (!isFull()) {
        port.config().setAutoRead(true);
      }
    }

    private void stopAccepting(Channel port) {
      port.config().setAutoRead(false);
      if (!isFull()) {
        // One ended in between, and found the port open still.
        port.config().setAutoRead(true);
        return;
      }
      idle.stream()
          .findAny()
          .ifPresentOrElse(
              channel -> channel.eventLoop().execute(() -> endIfIdle(channel)),
              () -> wanted.set(true));
      long now = System.nanoTime();
      long last = told.get();
      if (now - last > TELL_EVERY.toNanos() && told.compareAndSet(last, now)) {
        log.warn(
            "{} connections are open, which is MAX_CONNECTIONS: callers with a new one wait until"
                + " another ends. Raise it if these are real callers.",
            maxConnections);
      }
    }

    /** On the connection's own loop, so that nothing of a request is read meanwhile. */
    private void endIfIdle(Channel connection) {
      if (idle.remove(connection)) {
        connection.close();
      } else {
        wanted.set(true);
      }
    }
  }

  /** The line and headers that one connection is about to send. */
  private final class RequestHead implements Place {

    private final Channel channel;
    private boolean awaited = true;
    private boolean begun;
    private @Nullable Future<?> deadline;

    RequestHead(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void headRead() {
      awaited = false;
      end();
    }

    @Override
    public boolean answered() {
      awaited = true;
      boolean stays = !isPlaceWanted();
      if (stays && channel.isActive()) {
        idle.add(channel);
      }
      return stays;
    }

    private void setDeadline(ChannelHandlerContext context) {
      if (deadline == null) {
        deadline =
            context
                .executor()
                .schedule(
                    () -> {
                      context.close();
                    },
                    headerTimeout.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    }

    private void end() {
      begun = false;
      if (deadline != null) {
        deadline.cancel(false);
        deadline = null;
      }
    }

    /** Before TLS and HTTP are read. */
    private final class Bytes extends ChannelInboundHandlerAdapter {

      @Override
      public void channelActive(ChannelHandlerContext context) {
        setDeadline(context);
        context.fireChannelActive();
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        end();
        context.fireChannelInactive();
      }

      @Override
      public void channelRead(ChannelHandlerContext context, Object bytes) {
        begun = awaited;
        idle.remove(context.channel());
        context.fireChannelRead(bytes);
      }

      /** A head that came whole needs no deadline: nearly all do. */
      @Override
      public void channelReadComplete(ChannelHandlerContext context) {
        if (begun) {
          setDeadline(context);
        }
        context.fireChannelReadComplete();
      }
    }

    /** After HTTP was read, and before it is written. */
    private final class Requests extends ChannelDuplexHandler {

      private boolean closing;

      @Override
      public void channelRead(ChannelHandlerContext context, Object part) {
        if (part instanceof HttpRequest) {
          headRead();
        }
        if (part instanceof LastHttpContent) {
          awaited = true;
        }
        context.fireChannelRead(part);
      }

      /** Where a place is wanted, an answer is the last one of its connection. */
      @Override
      public void write(ChannelHandlerContext context, Object part, ChannelPromise promise) {
        if (part instanceof HttpResponse response) {
          if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            context.write(part, promise);
            return;
          }
          closing = isPlaceWanted();
        }
        Object written = closing ? asLast(part) : part;
        if (!(part instanceof LastHttpContent)) {
          context.write(written, promise);
          return;
        }
        if (closing) {
          context.write(written, promise.unvoid().addListener(ChannelFutureListener.CLOSE));
          return;
        }
        if (context.channel().isActive()) {
          idle.add(context.channel());
        }
        context.write(written, promise);
      }

      private static Object asLast(Object part) {
        if (part instanceof FullHttpResponse whole) {
          // Its headers may be those of many answers.
          return new DefaultFullHttpResponse(
              whole.protocolVersion(),
              whole.status(),
              whole.content(),
              whole.headers().copy().set(CONNECTION, CLOSE),
              whole.trailingHeaders());
        }
        if (part instanceof HttpResponse response) {
          response.headers().set(CONNECTION, CLOSE);
        }
        return part;
      }
    }
  }
}
