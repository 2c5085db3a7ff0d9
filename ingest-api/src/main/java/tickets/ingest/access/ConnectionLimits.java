package tickets.ingest.access;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
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
final class ConnectionLimits implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  private final int maxConnections;
  private final Duration headerTimeout;
  private final Duration bodyTimeout;
  private final AtomicInteger connections = new AtomicInteger();

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
        .doOnChannelInit((observer, channel, remote) -> watch(channel));
  }

  private void watch(Channel channel) {
    RequestHead head = new RequestHead();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addFirst("tickets.connections", head.new Bytes());
    pipeline.addAfter(NettyPipeline.HttpCodec, "tickets.requestHead", head.new Requests());
  }

  /** The line and headers that one connection is about to send. */
  private final class RequestHead {

    private boolean awaited = true;
    private boolean begun;
    private @Nullable Future<?> deadline;

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
        if (connections.incrementAndGet() > maxConnections) {
          context.close();
          return;
        }
        setDeadline(context);
        context.fireChannelActive();
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        connections.decrementAndGet();
        end();
        context.fireChannelInactive();
      }

      @Override
      public void channelRead(ChannelHandlerContext context, Object bytes) {
        begun = awaited;
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

    /** After HTTP was read. */
    private final class Requests extends ChannelInboundHandlerAdapter {

      @Override
      public void channelRead(ChannelHandlerContext context, Object part) {
        if (part instanceof HttpRequest) {
          awaited = false;
          end();
        }
        if (part instanceof LastHttpContent) {
          awaited = true;
        }
        context.fireChannelRead(part);
      }
    }
  }
}
