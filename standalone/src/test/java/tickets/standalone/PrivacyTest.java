package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Sha256;
import tickets.contract.Topics;
import tickets.sink.ResultsSink;
import tools.jackson.databind.JsonNode;

/**
 * What docs/privacy.md promises, on the whole pipeline: texts are masked and not kept, a ticket is
 * forgotten, and no log line holds a text, a key or a password.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PrivacyTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** In every secret, so that a part of it is found, too. */
  private static final String PLANTED = "Zq7";

  private static final Map<String, String> SETTINGS =
      Map.of("REDACT", "emails,phones,cards,ibans,ips", "STORE_TEXT", "false");

  @TempDir static Path work;
  private static Standalone pipeline;
  private static Endpoints endpoints;
  private static final Lines lines = new Lines();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() {
    SETTINGS.forEach(System::setProperty);
    lines.listen();
    pipeline =
        new Standalone(
            new StartSettings(
                "127.0.0.1",
                FreePorts.one(),
                FreePorts.one(),
                work.resolve("data"),
                Path.of("..").toAbsolutePath().normalize().resolve("models/ticket-priority-ru-en")),
            new Progress(System.out));
    endpoints = pipeline.start().endpoints();
  }

  @AfterAll
  static void stop() {
    pipeline.close();
    lines.stop();
    SETTINGS.keySet().forEach(System::clearProperty);
  }

  @Test
  @Order(1)
  void textsAreMaskedAndKeptByTheTopicOfTicketsOnly() throws Exception {
    String text = PLANTED + ": reach me at " + PLANTED + "@example.org or +7 916 123-45-67";
    String masked = PLANTED + ": reach me at [EMAIL] or [PHONE]";
    String byHttp = newId();
    String byEvent = newId();
    post(
        "/v1/bert_prediction",
        EventJson.mapper().writeValueAsString(Map.of("task_id", byHttp, "text", text)));
    publish(Topics.TICKETS, byEvent, EventJson.mapper().writeValueAsString(Map.of("text", text)));
    publish(Topics.TICKETS, newId(), "{\"text\": \"" + text + "\", nonsense");

    for (String id : List.of(byHttp, byEvent)) {
      await().atMost(LIMIT).until(() -> !rows(scoreOf(id)).isEmpty());
      await().atMost(LIMIT).until(() -> "SCORED".equals(rows(ticket("state", id)).get(0)));
      assertThat(rows(scoreOf(id))).as("table prediction").containsExactly("");
      assertThat(rows("select text_sha256 from prediction where task_id = '" + id + "'"))
          .containsExactly(Sha256.hex(masked));
      assertThat(rows(ticket("text_sha256", id))).containsExactly(Sha256.hex(masked));
      assertThat(redis(CacheKeys.outcome(id))).contains(Sha256.hex(masked));
    }
    assertThat(valuesOn(Topics.TICKETS, byHttp))
        .singleElement()
        .satisfies(value -> assertThat(value).contains("[EMAIL]").doesNotContain("@example.org"));
    await().atMost(LIMIT).until(() -> !everythingOn(Topics.REJECTIONS).isEmpty());
    assertThat(everythingOn(Topics.PRIORITIES) + everythingOn(Topics.REJECTIONS))
        .contains(byHttp, byEvent)
        .doesNotContain(PLANTED)
        .doesNotContain("\"text\"")
        .doesNotContain("\"original\"");
  }

  @Test
  @Order(2)
  void anErasedTicketKeepsItsPriorityAndNothingElse() throws Exception {
    String id = newId();
    post(
        "/v1/bert_prediction",
        EventJson.mapper().writeValueAsString(Map.of("task_id", id, "text", "Forget " + PLANTED)));
    await().atMost(LIMIT).until(() -> !rows(scoreOf(id)).isEmpty());
    String priority = result(id).get("result").get("task_priority").stringValue();
    post(
        "/v1/tickets/" + id + "/correction",
        "{\"task_priority\": \"critical\", \"by\": \"" + PLANTED + "\"}");
    await().atMost(LIMIT).until(() -> result(id).at("/correction/by").asString("").equals(PLANTED));

    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(endpoints.http() + "/v1/tickets/" + id))
                .DELETE()
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    await().atMost(LIMIT).until(() -> result(id).has("erased_at"));
    await()
        .atMost(LIMIT)
        .until(() -> rows(ticket("coalesce(text_sha256, 'none')", id)).contains("none"));
    assertThat(rows("select text_sha256 from prediction where task_id = '" + id + "'"))
        .singleElement()
        .isNull();
    assertThat(result(id).get("status").stringValue()).isEqualTo("SUCCESS");
    assertThat(result(id).get("result").get("task_priority").stringValue()).isEqualTo(priority);
    await().atMost(LIMIT).until(() -> redis(CacheKeys.claim(id)) == null);
    assertThat(result(id).get("correction").get("priority").stringValue()).isEqualTo("critical");
    assertThat(result(id).get("correction").has("by")).isFalse();
    assertThat(redis(CacheKeys.correction(id))).contains("critical").doesNotContain(PLANTED);
    assertThat(rows("select corrected_by from correction where task_id = '" + id + "'"))
        .singleElement()
        .isNull();
    assertThat(String.valueOf(redis(CacheKeys.outcome(id)))).doesNotContain("text_sha256");
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(valuesOn(Topics.PRIORITIES, id)).contains((String) null));
  }

  @Test
  @Order(3)
  void noLogLineHoldsAnythingThatWasPlanted() throws Exception {
    String id = newId();
    String refused = newId();
    publish(Topics.TICKETS, id, "{\"text\": \"" + PLANTED + " event\"}");
    publish(Topics.TICKETS, refused, "{\"text\": \"" + PLANTED + " broken");
    publish(Topics.TICKETS, PLANTED + " is no id", "{\"text\": \"x\"}");
    publish(Topics.TICKETS, newId(), "{\"task_id\": \"" + PLANTED + " no id\", \"text\": \"x\"}");
    for (String topic :
        List.of(Topics.PRIORITIES, Topics.REJECTIONS, Topics.ERASURES, Topics.CORRECTIONS)) {
      publish(topic, PLANTED + " is no id", "{\"task_id\": \"" + PLANTED + "\", \"code\": 7, ");
      publish(topic, PLANTED + " is no id", "{\"task_id\": \"no " + PLANTED + " id\"}");
    }
    for (String body :
        List.of(
            "{\"text\": \"" + PLANTED + "\", \"text\": 1}",
            PLANTED,
            "{\"text\": 7, \"task_id\": \"" + PLANTED + " no id\"}",
            "{\"text\": \"" + (PLANTED + " ").repeat(3000) + "\"}",
            "{\"text\": \"" + PLANTED + "\"}")) {
      post("/v1/bert_prediction_async?token=" + PLANTED, body);
      post("/v1/bert_prediction?token=" + PLANTED, body);
    }
    post(
        "/v1/tickets/" + id + "/correction",
        "{\"task_priority\": \"" + PLANTED + "\", \"by\": \"" + PLANTED + "\"}");
    get("/v1/quality?from=" + PLANTED);
    get("/result/" + PLANTED + "%20no%20id");
    get("/" + PLANTED);
    await().atMost(LIMIT).until(() -> !rows(scoreOf(id)).isEmpty());
    await().atMost(LIMIT).until(() -> lines.contain("Ticket " + refused + " rejected"));

    // Stores that refuse a wrong password, and one that goes away under way.
    try (var other =
        ResultsSink.application()
            .web(WebApplicationType.NONE)
            .registerShutdownHook(false)
            .run(
                "--KAFKA_BOOTSTRAP_SERVERS=" + endpoints.kafka(),
                "--REDIS_URL=redis://" + PLANTED + ":" + PLANTED + "@127.0.0.1:" + redisPort(),
                "--POSTGRES_URL=r2dbc:postgresql://127.0.0.1:"
                    + libpq().getPort()
                    + libpq().getPath(),
                "--POSTGRES_JDBC_URL=jdbc:postgresql://127.0.0.1:"
                    + libpq().getPort()
                    + libpq().getPath(),
                "--POSTGRES_USER=nobody",
                "--POSTGRES_PASSWORD=" + PLANTED)) {
      assertThat(other.isActive()).isTrue();
      await().atMost(LIMIT).until(() -> lines.contain("PostgreSQL's tables are not there yet"));
    }
    RedisClient client = RedisClient.create(endpoints.redis());
    try (StatefulRedisConnection<String, String> redis = client.connect()) {
      redis.sync().shutdown(false);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
    publish(Topics.TICKETS, newId(), "{\"text\": \"" + PLANTED + " without Redis\"}");
    await().atMost(LIMIT).until(() -> lines.contain("Redis does not take what is read"));
    post("/v1/bert_prediction", "{\"text\": \"" + PLANTED + " without Redis\"}");

    String password = libpq().getUserInfo().replaceFirst("[^:]*:?", "");
    assertThat(lines.all)
        .as("what a person is told")
        .anySatisfy(line -> assertThat(line).contains("Ticket").contains("answered"))
        .noneSatisfy(line -> assertThat(line).containsIgnoringCase(PLANTED));
    if (password.length() > 8) {
      assertThat(lines.all).noneSatisfy(line -> assertThat(line).contains(password));
    }
  }

  /** Every line from INFO on, as the services log as processes of their own. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    final ConcurrentLinkedQueue<String> all = new ConcurrentLinkedQueue<>();
    private final Map<String, @Nullable Level> levels = new HashMap<>();

    void listen() {
      for (String louder : List.of("org.springframework", "io.lettuce")) {
        levels.put(louder, logger(louder).getLevel());
        logger(louder).setLevel(Level.INFO);
      }
      setContext(logger(Logger.ROOT_LOGGER_NAME).getLoggerContext());
      start();
      logger(Logger.ROOT_LOGGER_NAME).addAppender(this);
    }

    @Override
    public void stop() {
      logger(Logger.ROOT_LOGGER_NAME).detachAppender(this);
      levels.forEach((name, level) -> logger(name).setLevel(level));
      super.stop();
    }

    private static Logger logger(String name) {
      return (Logger) LoggerFactory.getLogger(name);
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
        all.add(
            event.getLoggerName()
                + " "
                + event.getFormattedMessage()
                + (event.getThrowableProxy() == null
                    ? ""
                    : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy())));
      }
    }

    boolean contain(String part) {
      return all.stream().anyMatch(line -> line.contains(part));
    }
  }

  private static String newId() {
    return "T-" + UUID.randomUUID();
  }

  private static String scoreOf(String id) {
    return "select text_task from prediction where task_id = '" + id + "'";
  }

  private static String ticket(String column, String id) {
    return "select " + column + " from ticket where task_id = '" + id + "'";
  }

  private static URI libpq() {
    return URI.create(endpoints.postgres());
  }

  private static int redisPort() {
    return URI.create(endpoints.redis()).getPort();
  }

  private static List<@Nullable String> rows(String sql) throws SQLException {
    String[] user = libpq().getUserInfo().split(":", 2);
    List<@Nullable String> rows = new ArrayList<>();
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://"
                    + libpq().getHost()
                    + ":"
                    + libpq().getPort()
                    + libpq().getPath(),
                user[0],
                user.length > 1 ? user[1] : "");
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(result.getString(1));
      }
    }
    return rows;
  }

  private static @Nullable String redis(String key) {
    RedisClient client = RedisClient.create(endpoints.redis());
    try (StatefulRedisConnection<String, String> redis = client.connect()) {
      return redis.sync().get(key);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private static void publish(String topic, String key, String value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", endpoints.kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, key.getBytes(UTF_8), value.getBytes(UTF_8));
      record.headers().add("traceparent", PLANTED.getBytes(UTF_8));
      record.headers().add("reply-channel", PLANTED.getBytes(UTF_8));
      producer.send(record).get();
    }
  }

  private static List<@Nullable String> valuesOn(String topic, String id) {
    List<@Nullable String> values = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : recordsOn(topic)) {
      if (record.key() != null && id.equals(new String(record.key(), UTF_8))) {
        values.add(record.value() == null ? null : new String(record.value(), UTF_8));
      }
    }
    return values;
  }

  private static String everythingOn(String topic) {
    StringBuilder all = new StringBuilder();
    for (ConsumerRecord<byte[], byte[]> record : recordsOn(topic)) {
      all.append(record.value() == null ? "" : new String(record.value(), UTF_8)).append('\n');
    }
    return all.toString();
  }

  private static List<ConsumerRecord<byte[], byte[]>> recordsOn(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", endpoints.kafka(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      await()
          .atMost(LIMIT)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
              });
      return records;
    }
  }

  private static JsonNode result(String id) throws Exception {
    return EventJson.mapper().readTree(get("/result/" + id).body());
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(endpoints.http() + path))
            .header("Authorization", "Bearer " + PLANTED)
            .header("X-API-Key", PLANTED)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(endpoints.http() + path))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + PLANTED)
            .header("X-API-Key", PLANTED)
            .header("traceparent", PLANTED)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
