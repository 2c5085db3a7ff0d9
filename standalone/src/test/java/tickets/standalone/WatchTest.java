package tickets.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.embedded.EmbeddedKafka;
import tickets.embedded.EmbeddedPostgres;
import tickets.embedded.EmbeddedRedis;
import tickets.ingest.IngestApi;
import tickets.scorer.ScorerStream;
import tickets.sink.ResultsSink;

/**
 * Every alert is provoked once: the three services as they are, what {@code /actuator/prometheus}
 * of each shows, and the rules as Prometheus gets them. Before and after, none fires.
 */
@DisplayName("The watch")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WatchTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Path ROOT = Path.of("..");
  private static final Path PROMETHEUS = ROOT.resolve("deploy/prometheus");

  /** Short enough for a test; nothing is deleted before it is twice as old as an alert needs. */
  private static final Duration RETENTION = Duration.ofSeconds(20);

  private static final List<String> SOURCES = List.of("crm", "desk");

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path work;
  private static EmbeddedKafka kafka;
  private static EmbeddedPostgres postgres;
  private static EmbeddedRedis redis;
  private static KafkaProducer<byte[], byte[]> producer;
  private static AlertRules rules;
  private static final Map<String, ConfigurableApplicationContext> services = new TreeMap<>();

  @BeforeAll
  static void start() throws Exception {
    rules = new AlertRules(PROMETHEUS.resolve("alerts.yml"));
    startKafka(0);
    postgres = EmbeddedPostgres.start(work.resolve("postgres"), 0);
    redis = EmbeddedRedis.start(work.resolve("redis"), 0);
    try (Admin admin = admin()) {
      Topics.create(admin, (short) 1, LIMIT);
    }
    run("results-sink", ResultsSink.application());
    run("scorer-stream", ScorerStream.application());
    run("ingest-api", IngestApi.application());
    // Each has given the topics the retention it was told.
    keepTickets(RETENTION);
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers(), "max.block.ms", 5_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterAll
  static void stop() {
    producer.close(Duration.ZERO);
    services.values().forEach(ConfigurableApplicationContext::close);
    redis.close();
    postgres.close();
    kafka.close();
  }

  @Test
  @Order(1)
  void nothingFiresWhileTicketsFlowAndEveryRuleHasSomethingToLookAt() {
    // A source is known only when the first of its tickets was read.
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              awaitQuiet();
              List<AlertRules.Sample> scraped = scrape();
              assertThat(rules.all())
                  .hasSizeGreaterThan(4)
                  .allSatisfy(
                      rule ->
                          assertThat(AlertRules.subject(rule, scraped))
                              .as(rule.expression())
                              .isNotEmpty());
            });
  }

  @Test
  @Order(2)
  void thatNobodyPublishesIsSeen() {
    awaitQuiet();

    await().atMost(LIMIT).until(() -> firing().containsKey("NoTickets"));
    assertThat(firing()).doesNotContainKey("SourceSilent");
  }

  @Test
  @Order(3)
  void thatOneSourceIsSilentIsSeen() {
    awaitQuiet();

    await()
        .atMost(LIMIT)
        .until(
            () -> {
              publish("desk", "The printer is slow");
              return firing()
                  .getOrDefault("SourceSilent", List.of())
                  .equals(List.of(Map.of("source", "crm")));
            });
    assertThat(firing()).doesNotContainKey("NoTickets");
  }

  @Test
  @Order(4)
  void thatAStoreIsBehindIsSeen() {
    awaitQuiet();
    postgres.close();
    try {
      await()
          .atMost(LIMIT)
          .until(
              () -> {
                publishFromAll();
                return groups("StoreBehind")
                        .containsAll(
                            Set.of(ConsumerGroups.SINK_TICKETS, ConsumerGroups.SINK_POSTGRES))
                    && firing().containsKey("ServerAway");
              });
      assertThat(groups("StoreBehind")).doesNotContain(ConsumerGroups.SINK_REDIS);
    } finally {
      postgres = EmbeddedPostgres.start(work.resolve("postgres"), postgres.port());
    }
    awaitQuiet();
  }

  @Test
  @Order(5)
  void thatTicketsAreNotScoredIsSeenAndThatTheyWereScoredLate() throws Exception {
    awaitQuiet();
    services.get("scorer-stream").close();
    byte[] id =
        publish(
            "crm", "Production is down for all customers, nobody can pay, every minute costs us");
    // Behind it, so that the scorer does not see that the ticket is the last one.
    producer.send(new ProducerRecord<>(Topics.TICKETS, id, "no ticket".getBytes(UTF_8)));
    producer.flush();

    awaitFiring("TicketNotScored", "ConsumerGone", "ServiceAway");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(groups("BacklogNearRetention")).containsExactly(ConsumerGroups.SCORER));
    assertThat(groups("ConsumerGone"))
        .containsExactlyInAnyOrder(ConsumerGroups.SCORER, ConsumerGroups.SCORER_INTERACTIVE);
    assertThat(firing()).doesNotContainKey("CriticalTicketLate");
    keepTickets(TopicRetention.DEFAULT.tickets());

    run("scorer-stream", ScorerStream.application());
    // It waits for its batch, too, for as long as BATCH_LINGER says.
    awaitFiring("TicketStuckInBatch");
    awaitFiring("CriticalTicketLate");
    awaitQuietBut("CriticalTicketLate");
  }

  @Test
  @Order(6)
  void thatKafkaIsAwayIsSeenAndNothingElseIsMadeUp() {
    awaitQuietBut("CriticalTicketLate");
    // A ticket that is caught between reading and scoring would be stuck indeed.
    awaitAllDone();
    int port = kafka.port();
    kafka.close();
    try {
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  firing()
                      .getOrDefault("ServerAway", List.of())
                      .equals(List.of(Map.of("component", "kafka"))));
      assertThat(firing().keySet()).containsExactlyInAnyOrder("CriticalTicketLate", "ServerAway");
    } finally {
      startKafka(port);
    }
    awaitQuietBut("CriticalTicketLate");
  }

  @Test
  @Order(7)
  void theListOfMetricsNamesWhatTheServicesShow() throws IOException {
    Pattern type = Pattern.compile("# TYPE ((?:tickets|scorer)_\\w+) (\\w+)");
    Set<String> shown = new TreeSet<>();
    for (String service : services.keySet()) {
      List<String> families = new ArrayList<>();
      type.matcher(exposition(service).orElseThrow())
          .results()
          .forEach(family -> families.add(family.group(1)));
      families.stream()
          // The largest of a timer or summary is shown apart from it.
          .filter(
              name ->
                  !(name.endsWith("_max")
                      && families.contains(name.substring(0, name.length() - 4))))
          .forEach(shown::add);
    }
    Set<String> listed =
        Pattern.compile("(?m)^\\| `(\\w+)`")
            .matcher(Files.readString(ROOT.resolve("docs/metrics.md")))
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(shown).containsExactlyElementsOf(listed);
  }

  @Test
  @Order(8)
  void everyAlertHasAPageThatSaysWhatToDo() throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve("docs/operations.md"));
    assertThat(rules.all())
        .allSatisfy(
            rule -> {
              assertThat(rule.annotations())
                  .containsEntry(
                      "runbook", "docs/operations.md#" + rule.alert().toLowerCase(Locale.ROOT))
                  .containsKey("summary");
              assertThat(lines).contains("### " + rule.alert());
            });
  }

  @Test
  @Order(9)
  void prometheusItselfTakesTheRules() throws Exception {
    assumeTrue(hasPromtool(), "promtool is not on this machine (Debian: package prometheus)");
    Process promtool =
        new ProcessBuilder("promtool", "check", "config", "prometheus.yml")
            .directory(PROMETHEUS.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);

    assertThat(promtool.waitFor()).as(said).isZero();
    assertThat(said).contains(rules.all().size() + " rules found");
  }

  private static boolean hasPromtool() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
  }

  private static void awaitQuiet() {
    awaitQuietBut();
  }

  /** Tickets flow, and nothing fires but these. */
  private static void awaitQuietBut(String... alerts) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              publishFromAll();
              assertThat(firing().keySet()).isSubsetOf(alerts);
              assertThat(scrape()).anyMatch(sample -> sample.name().equals("scorer_tokens_total"));
            });
  }

  /** All that was published is scored and stored. */
  private static void awaitAllDone() {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(scrape())
                    .filteredOn(
                        sample ->
                            Set.of("scorer_tickets_pending", "tickets_ingest_lag")
                                .contains(sample.name()))
                    .hasSize(1 + ConsumerGroups.TOPICS.size())
                    .allSatisfy(sample -> assertThat(sample.value()).isZero()));
  }

  private static void awaitFiring(String... alerts) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(firing().keySet()).contains(alerts));
  }

  private static Map<String, List<Map<String, String>>> firing() {
    return rules.firing(scrape());
  }

  private static Set<String> groups(String alert) {
    return firing().getOrDefault(alert, List.of()).stream()
        .map(labels -> labels.get("group"))
        .collect(Collectors.toSet());
  }

  private static void publishFromAll() throws Exception {
    for (String source : SOURCES) {
      publish(source, "The printer is slow");
    }
  }

  /** Returns its key. */
  private static byte[] publish(String source, String text) throws Exception {
    byte[] id = UUID.randomUUID().toString().getBytes(UTF_8);
    byte[] ticket = EventJson.write(Map.of("text", text, "source", source));
    producer.send(new ProducerRecord<>(Topics.TICKETS, id, ticket)).get(10, TimeUnit.SECONDS);
    return id;
  }

  /** What Prometheus gets: all three, and whether each answered. */
  private static List<AlertRules.Sample> scrape() {
    List<AlertRules.Sample> all = new ArrayList<>();
    for (String service : services.keySet()) {
      Optional<String> text = exposition(service);
      text.ifPresent(exposition -> all.addAll(AlertRules.samples(service, exposition)));
      all.add(new AlertRules.Sample("up", Map.of("job", service), text.isPresent() ? 1 : 0));
    }
    return all;
  }

  private static Optional<String> exposition(String service) {
    var environment = services.get(service).getEnvironment();
    String port =
        environment.getProperty(
            "local.management.port", environment.getProperty("local.server.port", ""));
    try {
      HttpResponse<String> response =
          HTTP.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return response.statusCode() == 200 ? Optional.of(response.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void run(String name, SpringApplicationBuilder application) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
    environment.put("REDIS_URL", redis.url());
    environment.put("POSTGRES_URL", postgres.r2dbcUrl());
    environment.put("POSTGRES_JDBC_URL", postgres.jdbcUrl());
    environment.put("POSTGRES_USER", postgres.user());
    environment.put("POSTGRES_PASSWORD", postgres.password());
    environment.put("MODEL_PATH", ROOT.resolve("models/ticket-priority-ru-en").toString());
    environment.put("STATE_DIR", work.resolve("scorer").toString());
    environment.put("PORT", "0");
    environment.put("INGEST_MANAGEMENT_PORT", "0");
    environment.put("SCORER_MANAGEMENT_PORT", "0");
    environment.put("SINK_MANAGEMENT_PORT", "0");
    environment.put("STREAM_THREADS", "1");
    environment.put("BATCH_LINGER", "1s");
    environment.put("SINK_RETRY_PAUSE_MAX", "1s");
    environment.put("SLA_SECONDS", "6");
    environment.put("SILENT_AFTER", "6s");
    environment.put("STORE_BEHIND_AFTER", "6s");
    services.put(
        name,
        application
            .properties(
                "spring.main.banner-mode=off",
                "spring.main.log-startup-info=false",
                "spring.jmx.enabled=false")
            .run(
                environment.entrySet().stream()
                    .map(variable -> "--" + variable.getKey() + "=" + variable.getValue())
                    .toArray(String[]::new)));
  }

  private static void startKafka(int port) {
    kafka = EmbeddedKafka.start(work.resolve("kafka"), "127.0.0.1", port);
  }

  private static void keepTickets(Duration retention) throws Exception {
    ConfigResource tickets = new ConfigResource(ConfigResource.Type.TOPIC, Topics.TICKETS);
    ConfigEntry entry =
        new ConfigEntry(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    try (Admin admin = admin()) {
      admin
          .incrementalAlterConfigs(
              Map.of(tickets, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
          .all()
          .get(10, TimeUnit.SECONDS);
    }
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }
}
