package tickets.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** The service under test, and calls to it over HTTP. */
final class Service implements AutoCloseable {

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final ConfigurableApplicationContext context;

  private Service(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /** Starts it on a free port. {@code settings}: environment variables, {@code NAME=value}. */
  static Service start(Servers servers, String... settings) {
    return start(IngestApi.application(), servers, settings);
  }

  static Service start(SpringApplicationBuilder application, Servers servers, String... settings) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--PORT=0");
    arguments.add("--INGEST_MANAGEMENT_PORT=0");
    arguments.add("--KAFKA_BOOTSTRAP_SERVERS=" + servers.kafka());
    arguments.add("--REDIS_URL=" + servers.redis());
    arguments.add("--POSTGRES_URL=" + servers.r2dbc());
    arguments.add("--POSTGRES_USER=" + servers.user());
    arguments.add("--POSTGRES_PASSWORD=" + servers.password());
    for (String setting : settings) {
      arguments.add("--" + setting);
    }
    return new Service(application.run(arguments.toArray(new String[0])));
  }

  ConfigurableApplicationContext context() {
    return context;
  }

  /** An answer: what came over the wire. */
  record Answer(int status, Map<String, List<String>> headers, String body) {
    JsonNode json() {
      return EventJson.mapper().readTree(body);
    }

    /** First value, or "" if there is none. */
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).get(0);
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port("local.server.port") + path);
  }

  URI management(String path) {
    return URI.create("http://127.0.0.1:" + port("local.management.port") + path);
  }

  /** What the management port shows of a metric, over all of its series with that label. */
  double metric(String name, String label) {
    return send(HttpRequest.newBuilder(management("/actuator/prometheus")).build())
        .body()
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private int port(String property) {
    return context.getEnvironment().getRequiredProperty(property, Integer.class);
  }

  Answer score(String json, String... headers) {
    return post("/v1/bert_prediction", json, headers);
  }

  Answer submit(String json, String... headers) {
    return post("/v1/bert_prediction_async", json, headers);
  }

  Answer get(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  Answer delete(String path) {
    return send(HttpRequest.newBuilder(uri(path)).DELETE().build());
  }

  Answer post(String path, String json, String... headers) {
    return send(request(path, json, headers));
  }

  CompletableFuture<Answer> postLater(String path, String json, String... headers) {
    return HTTP.sendAsync(request(path, json, headers), BodyHandlers.ofString())
        .thenApply(Service::answer);
  }

  HttpRequest request(String path, String json, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  static Answer send(HttpRequest request) {
    try {
      return answer(HTTP.send(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Answer answer(HttpResponse<String> response) {
    return new Answer(response.statusCode(), response.headers().map(), response.body());
  }

  @Override
  public void close() {
    context.close();
  }
}
