package tickets.ingest.access;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;
import reactor.netty.NettyPipeline;

/**
 * Has every connection that is kept be read again after each answer.
 *
 * <p>Reactor Netty (1.3.6) does so itself, but for one case: a client that has all of an answer's
 * bytes sends its next call before the server has noted the answer's end. That call waits in a
 * queue; if it is then answered at once, before its own end was taken from the queue, nobody asks
 * for more bytes, and the call after it is not seen until the client hangs up. One in some fifty
 * calls, with clients on the same machine.
 */
@Component
final class KeptConnections implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  @Override
  public void customize(NettyReactiveWebServerFactory factory) {
    factory.addServerCustomizers(
        server ->
            server.doOnChannelInit(
                (observer, channel, remote) ->
                    channel
                        .pipeline()
                        .addAfter(NettyPipeline.HttpCodec, "tickets.readAgain", new ReadAgain())));
  }

  private static final class ReadAgain extends ChannelOutboundHandlerAdapter {

    @Override
    public void write(ChannelHandlerContext context, Object part, ChannelPromise promise) {
      context.write(part, promise);
      if (part instanceof LastHttpContent) {
        // After what is under way on this connection. Asking twice is asking once.
        context.executor().execute(context::read);
      }
    }
  }
}
