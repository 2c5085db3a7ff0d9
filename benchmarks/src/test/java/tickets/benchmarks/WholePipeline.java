package tickets.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.processes.Role;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** All six processes, and calls to them as a client and an operator make them. */
final class WholePipeline implements AutoCloseable {

  static final Path HOME = Path.of("").toAbsolutePath().getParent();

  /** For what a busy machine needs long for. */
  static final Duration LIMIT = Duration.ofSeconds(120);

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Servers servers;

  private WholePipeline(Servers servers) {
    this.servers = servers;
  }

  /**
   * Starts it and returns when a ticket has gone through.
   *
   * @param work a new directory
   */
  static WholePipeline start(Path work, Servers.Setup setup) throws Exception {
    for (String module : List.of("ingest-api", "scorer-stream", "results-sink")) {
      assumeTrue(
          isBuilt(module),
          module + " has no executable jar yet: they are made in phase package, run mvn verify");
    }
    Files.createDirectories(work);
    Servers servers = new Servers(HOME, work, setup);
    WholePipeline pipeline = new WholePipeline(servers);
    try {
      servers.start();
      await().atMost(LIMIT).until(() -> pipeline.score(null, "Hello").status() == 200);
    } catch (Throwable e) {
      pipeline.close();
      throw e;
    }
    return pipeline;
  }

  private static boolean isBuilt(String module) {
    try {
      return Files.exists(Servers.jar(HOME, module));
    } catch (IOException e) {
      return false;
    }
  }

  Servers servers() {
    return servers;
  }

  /** An answer and how long it took. */
  record Answer(int status, String body, Map<String, List<String>> headers, Duration took) {
    JsonNode json() {
      return EventJson.mapper().readTree(body);
    }

    /** First value, or "" if there is none. */
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).get(0);
    }

    String field(String name) {
      JsonNode field = json().get(name);
      return field == null || field.isNull() ? "" : field.asString();
    }
  }

  Answer score(@Nullable String id, String text) {
    return later("/v1/bert_prediction", id, text).join();
  }

  Answer submit(@Nullable String id, String text) {
    return later("/v1/bert_prediction_async", id, text).join();
  }

  CompletableFuture<Answer> later(String path, @Nullable String id, String text) {
    Map<String, String> body = new TreeMap<>();
    body.put("text", text);
    if (id != null) {
      body.put("task_id", id);
    }
    return send(
        HttpRequest.newBuilder(URI.create(servers.endpoints().http() + path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(EventJson.write(body)))
            .build());
  }

  Answer get(String path) {
    return send(HttpRequest.newBuilder(URI.create(servers.endpoints().http() + path))
            .timeout(Duration.ofSeconds(30))
            .build())
        .join();
  }

  private static CompletableFuture<Answer> send(HttpRequest request) {
    long sent = System.nanoTime();
    return HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(
            answer ->
                new Answer(
                    answer.statusCode(),
                    answer.body(),
                    answer.headers().map(),
                    Duration.ofNanos(System.nanoTime() - sent)));
  }

  /** Waits until GET /result has the priority of each, and PostgreSQL too. */
  void awaitScored(Collection<String> ids) {
    for (String id : ids) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(get("/result/" + id).field("status")).as(id).isEqualTo("SUCCESS"));
    }
    await().atMost(LIMIT).untilAsserted(() -> assertThat(rows().keySet()).containsAll(ids));
  }

  /** Calls are answered again, the synchronous one too. */
  void awaitWell() {
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(score(null, "Well? " + System.nanoTime()).status()).isEqualTo(200);
              assertThat(get("/status").field("state")).isEqualTo("up");
            });
  }

  /** A row of PostgreSQL's, column by column, without what every scoring makes anew. */
  record Row(Map<String, String> columns) {
    String get(String column) {
      return columns.getOrDefault(column, "");
    }

    double score() {
      return Double.parseDouble(get("priority_score"));
    }

    /** Without what the table itself gave the row. */
    Row asScored() {
      Map<String, String> rest = new TreeMap<>(columns);
      rest.keySet().removeAll(List.of("id", "date_add"));
      return new Row(rest);
    }

    Row withoutScores() {
      Map<String, String> rest = new TreeMap<>(columns);
      rest.keySet().removeAll(List.of("priority_score", "scores"));
      return new Row(rest);
    }
  }

  /** The tickets with their priorities, by id. */
  Map<String, Row> rows() throws SQLException {
    Map<String, Row> rows = new TreeMap<>();
    try (Connection connection = connect();
        PreparedStatement query =
            connection.prepareStatement(
                "select p.task_id, t.state, p.id::text as id, p.text_task, p.task_priority,"
                    + " p.priority_score::text as priority_score, p.priority,"
                    + " p.scores::text as scores, p.model_digest, p.model_version,"
                    + " p.text_sha256, p.received_at::text as received_at,"
                    + " p.date_add::text as date_add, p.source_offset::text as source_offset,"
                    + " p.source_partition::text as source_partition"
                    + " from prediction p join ticket t using (task_id)");
        ResultSet found = query.executeQuery()) {
      while (found.next()) {
        Map<String, String> columns = new TreeMap<>();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
          columns.put(found.getMetaData().getColumnLabel(i), String.valueOf(found.getString(i)));
        }
        rows.put(found.getString("task_id"), new Row(columns));
      }
    }
    return rows;
  }

  Connection connect() throws SQLException {
    Servers.Endpoints at = servers.endpoints();
    return DriverManager.getConnection(at.postgres(), at.postgresUser(), at.postgresPassword());
  }

  /** What every group has still to read, as GET /status says. */
  long lag() {
    JsonNode status = get("/status").json();
    long lag = status.get("scorer").get("lag").asLong();
    for (JsonNode of : status.get("sink").get("lag")) {
      lag += of.asLong();
    }
    return lag;
  }

  /** Runs kafka-consumer-groups with these arguments, as an operator does. */
  String consumerGroups(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                "--bootstrap-server",
                servers.endpoints().kafka()));
    command.addAll(List.of(arguments));
    File output = File.createTempFile("consumer-groups", ".log");
    try {
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
      assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      String said = Files.readString(output.toPath());
      assertThat(process.exitValue()).as(said).isZero();
      return said;
    } finally {
      Files.delete(output.toPath());
    }
  }

  void restart(Role role) {
    try {
      servers.of(role).terminate();
      servers.of(role).start();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }

  @Override
  public void close() {
    servers.close();
  }
}
