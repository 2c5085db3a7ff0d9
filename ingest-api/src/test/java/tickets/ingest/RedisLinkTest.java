package tickets.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.client.ReactorResourceFactory;

/** A service stops although Redis does not let it in. */
class RedisLinkTest {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

  /** How Redis can refuse, and how long after its start a service is stopped, ms. */
  static Stream<Arguments> refusals() {
    return Stream.of("says nothing", "closes", "-WRONGPASS no\r\n")
        .flatMap(
            refusal ->
                IntStream.of(0, 20, 150, 400, 1100)
                    .mapToObj(after -> Arguments.of(refusal, after)));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void stopsWhileItTriesToConnect(String refusal, int after) throws Exception {
    try (ServerSocket redis = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread refusing = new Thread(() -> refuse(redis, refusal));
      refusing.setDaemon(true);
      refusing.start();
      Loops loops = new Loops();
      AnnotationConfigApplicationContext service = service(redis.getLocalPort(), loops);
      RedisLink link = service.getBean(RedisLink.class);
      loops.beforeTheyStop = () -> assertThat(link.isRunning()).isFalse();
      Thread.sleep(after);

      assertTimeoutPreemptively(STOP_LIMIT, service::close);
      assertThat(loops.haveStopped).isTrue();
    }
  }

  /** The threads that calls are read by; once they have ended, no connection is seen to close. */
  private static final class Loops extends ReactorResourceFactory {
    private Runnable beforeTheyStop = () -> {};
    private boolean haveStopped;

    private Loops() {
      setUseGlobalResources(false);
    }

    @Override
    public void stop() {
      beforeTheyStop.run();
      super.stop();
      haveStopped = true;
    }
  }

  private static AnnotationConfigApplicationContext service(int port, Loops loops)
      throws IOException {
    AnnotationConfigApplicationContext service = new AnnotationConfigApplicationContext();
    String file = "ingest-api.yml";
    new YamlPropertySourceLoader()
        .load(file, new ClassPathResource(file))
        .forEach(service.getEnvironment().getPropertySources()::addLast);
    service
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("redis", Map.of("REDIS_URL", "redis://127.0.0.1:" + port)));
    service.registerBean(
        IngestProperties.class,
        () ->
            Binder.get(service.getEnvironment())
                .bind("tickets.ingest", IngestProperties.class)
                .get());
    service.registerBean(ReactorResourceFactory.class, () -> loops);
    service.registerBean(RedisLink.class);
    service.refresh();
    return service;
  }

  private static void refuse(ServerSocket redis, String refusal) {
    // Kept, for a connection that nobody knows is closed some day.
    List<Socket> callers = new ArrayList<>();
    try {
      while (true) {
        Socket caller = redis.accept();
        callers.add(caller);
        if (refusal.equals("closes")) {
          caller.close();
        } else if (refusal.startsWith("-")) {
          caller.getOutputStream().write(refusal.getBytes(US_ASCII));
        }
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
