package tickets.ingest;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.File;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.Lifecycle;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.util.retry.Retry;
import tickets.contract.access.RedisAccess;

/**
 * Redis, which may be away at any time, at the start too: commands then fail at once, or within
 * {@link #COMMAND_LIMIT} if it only hangs, with {@link RedisDown}; both connections come back by
 * themselves.
 */
@Component
public final class RedisLink implements Lifecycle, DisposableBean {

  private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

  /** Redis answers within a millisecond; one that needs longer than this is as good as down. */
  private static final Duration COMMAND_LIMIT = Duration.ofMillis(500);

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final ClientResources resources;
  private final RedisClient client;
  private final RedisURI address;
  private final Disposable.Composite connecting = Disposables.composite();
  private volatile @Nullable StatefulRedisConnection<String, String> connection;
  private volatile String whyNot = "";
  private volatile boolean running = true;

  RedisLink(IngestProperties properties, ReactorResourceFactory http) {
    RedisAccess access = properties.redis();
    address = address(access);
    resources =
        ClientResources.builder()
            .eventLoopGroupProvider(new SharedLoops(http.getLoopResources()))
            .nettyCustomizer(sendTogether())
            .reconnectDelay(Delay.exponential(FIRST_PAUSE, LONGEST_PAUSE, 2, TimeUnit.MILLISECONDS))
            .build();
    client = RedisClient.create(resources);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(true)
            // Waiting in a queue for a Redis that is down would make every call slow.
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .timeoutOptions(TimeoutOptions.enabled(COMMAND_LIMIT))
            .socketOptions(
                SocketOptions.builder().connectTimeout(CONNECT_LIMIT).keepAlive(true).build())
            .sslOptions(trusted(access))
            .build());
    connectUntilDone(
        () -> client.connectAsync(StringCodec.UTF8, address), made -> connection = made);
  }

  private static RedisURI address(RedisAccess access) {
    RedisURI.Builder address =
        RedisURI.builder()
            .withHost(access.host())
            .withPort(access.port())
            .withDatabase(access.database())
            .withSsl(access.tls())
            .withTimeout(CONNECT_LIMIT)
            .withClientName("ingest-api");
    if (!access.user().isEmpty()) {
      address.withAuthentication(access.user(), access.password());
    } else if (!access.password().isEmpty()) {
      address.withPassword(access.password().toCharArray());
    }
    return address.build();
  }

  private static SslOptions trusted(RedisAccess access) {
    return access.tlsCa().isEmpty()
        ? SslOptions.create()
        : SslOptions.builder().jdkSslProvider().trustManager(new File(access.tlsCa())).build();
  }

  /**
   * The loops that read calls: what a call asks Redis is written by the thread that has read the
   * call, and what Redis announces is answered by the one that has read the announcement. With
   * loops of its own each of these would wake another thread. They are closed by who made them.
   */
  private record SharedLoops(LoopResources loops) implements EventLoopGroupProvider {

    @Override
    @SuppressWarnings("unchecked") // Loops of the system's own kind on both sides, or on none.
    public <T extends EventLoopGroup> T allocate(Class<T> type) {
      return (T) loops.onClient(LoopResources.DEFAULT_NATIVE);
    }

    @Override
    public int threadPoolSize() {
      return 1;
    }

    @Override
    public Future<Boolean> release(
        EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
      return GlobalEventExecutor.INSTANCE.newSucceededFuture(true);
    }

    @Override
    public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
      return GlobalEventExecutor.INSTANCE.newSucceededFuture(true);
    }
  }

  /** What all calls that a loop has come to ask Redis goes in one piece. */
  private static NettyCustomizer sendTogether() {
    return new NettyCustomizer() {
      @Override
      public void afterChannelInitialized(Channel channel) {
        channel
            .pipeline()
            .addFirst(
                new FlushConsolidationHandler(
                    FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
      }
    };
  }

  /** Redis did not answer; the message says why. */
  public static final class RedisDown extends RuntimeException {
    RedisDown(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Runs one command.
   *
   * @return its answer, empty if Redis has none; fails with nothing but {@link RedisDown}
   */
  public <T> Mono<T> run(Function<RedisReactiveCommands<String, String>, Mono<T>> command) {
    return Mono.defer(
            () -> {
              StatefulRedisConnection<String, String> now = connection;
              return now == null
                  ? Mono.<T>error(new RedisDown("Redis has not been reached yet" + whyNot, null))
                  : command.apply(now.reactive());
            })
        .onErrorMap(
            error -> !(error instanceof RedisDown),
            error -> new RedisDown("Redis does not answer: " + error.getMessage(), error));
  }

  /**
   * Subscribes for as long as this service runs, on a connection of its own.
   *
   * @param onMessage gets each message; must not block
   * @param onSubscribed called at the first subscription and at each one after a connection was
   *     lost, when messages may have been missed; must not block
   */
  public void subscribe(String channel, Consumer<String> onMessage, Runnable onSubscribed) {
    connectUntilDone(
        () -> client.connectPubSubAsync(StringCodec.UTF8, address),
        made -> listen(made, channel, onMessage, onSubscribed));
  }

  private void listen(
      StatefulRedisPubSubConnection<String, String> made,
      String channel,
      Consumer<String> onMessage,
      Runnable onSubscribed) {
    made.addListener(
        new RedisPubSubAdapter<String, String>() {
          @Override
          public void message(String from, String message) {
            onMessage.accept(message);
          }

          @Override
          public void subscribed(String to, long count) {
            onSubscribed.run();
          }
        });
    connecting.add(
        made.reactive()
            .subscribe(channel)
            .retryWhen(patiently())
            .subscribe(done -> {}, error -> log.warn("Not subscribed to {}", channel, error)));
  }

  /** After the first time the client reconnects by itself. */
  private <C> void connectUntilDone(Supplier<CompletionStage<C>> connect, Consumer<C> onMade) {
    connecting.add(
        Mono.fromCompletionStage(connect)
            .doOnError(error -> whyNot = ": " + reason(error))
            .retryWhen(patiently())
            .subscribe(onMade, error -> log.error("Gave up connecting to Redis", error)));
  }

  /** A refused login and a certificate that is not trusted stand innermost. */
  private static String reason(Throwable failure) {
    Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static Retry patiently() {
    return Retry.backoff(Long.MAX_VALUE, FIRST_PAUSE).maxBackoff(LONGEST_PAUSE);
  }

  /** Runs from when it is made. */
  @Override
  public void start() {}

  @Override
  public boolean isRunning() {
    return running;
  }

  /**
   * Within twice {@link #CLOSE_LIMIT}. In the context's life cycle and not when beans are
   * destroyed: by then the loops have ended, and a connection that was being made would never be
   * seen to close.
   */
  @Override
  public void stop() {
    if (!running) {
      return;
    }
    running = false;
    connecting.dispose();
    try {
      client
          .shutdownAsync(0, CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
          .get(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Connections to Redis did not close in good order: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    resources
        .shutdown(0, CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(CLOSE_LIMIT.toMillis());
  }

  /** Of a context that failed before its life began. */
  @Override
  public void destroy() {
    stop();
  }
}
