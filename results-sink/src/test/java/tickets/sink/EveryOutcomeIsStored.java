package tickets.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.ConfigurableApplicationContext;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;

/** What the service does while everything is up, whoever runs the stores. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EveryOutcomeIsStored {

  private static final Instant SCORED_AT = Instant.parse("2026-11-25T10:00:01.250Z");

  private Addresses stores;
  private ConfigurableApplicationContext sink;
  private Publisher publisher;
  private final String prefix = Events.freshPrefix();

  abstract Addresses addresses();

  @BeforeAll
  void start() {
    stores = addresses();
    stores.createTopics();
    publisher = new Publisher(stores.kafka());
    sink = stores.startSink();
  }

  @AfterAll
  void stop() {
    if (sink != null) {
      sink.close();
      publisher.close();
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  @Test
  void resultsAndRejectionsLandInBothStores() {
    String ids = prefix + "both-";
    publisher.publish(
        Events.scored(ids + "a", 0, 10, SCORED_AT),
        Events.scored(ids + "b", 0, 11, SCORED_AT),
        Events.rejected(ids + "c", 0, 12, SCORED_AT));

    soon().untilAsserted(() -> assertThat(stores.tickets(ids)).hasSize(3));
    soon().until(() -> stores.redisValue(CacheKeys.outcome(ids + "c")) != null);
    assertThat(stores.tickets(ids))
        .extracting(row -> row.get("state"))
        .containsExactly("SCORED", "SCORED", "REJECTED");
    assertThat(stores.tickets(ids).get(2))
        .containsEntry("code", "INVALID")
        .containsEntry("message", "The text is empty. Send at least one visible character.");
    assertThat(stores.predictions(ids)).hasSize(2);
    Map<String, @Nullable Object> row = stores.predictions(ids).get(0);
    assertThat(row)
        .containsEntry("text_task", "Printer " + ids + "a is on fire")
        .containsEntry("task_priority", "LABEL_1")
        .containsEntry("priority_score", 0.92)
        .containsEntry("priority", "urgent")
        .containsEntry("model_digest", Events.MODEL.digest())
        .containsEntry("truncated", false)
        .containsEntry("language", "en")
        .containsEntry("confidence", "low")
        .containsEntry("source_topic", "tickets")
        .containsEntry("source_partition", 0)
        .containsEntry("source_offset", 10L);
    assertThat(row.get("date_add")).isNotNull();
    assertThat(String.valueOf(row.get("scores")))
        .isEqualTo("{\"LABEL_0\": 0.08, \"LABEL_1\": 0.92}");
    assertThat(String.valueOf(row.get("decision")))
        .isEqualTo("{\"rule\": \"argmax\", \"margin\": 0.84, \"review\": false}");
    assertThat(String.valueOf(row.get("set_aside"))).isEqualTo("[\"quote\", \"signature\"]");
    assertThat(String.valueOf(row.get("stages"))).contains("\"inference_ms\": 11.125");
    assertThat(outcome(ids + "a"))
        .isEqualTo(Events.scored(ids + "a", 0, 10, SCORED_AT).withoutText());
    assertThat(outcome(ids + "c"))
        .isEqualTo(Events.rejected(ids + "c", 0, 12, SCORED_AT).withoutOriginal());
    assertThat(ttlSeconds(CacheKeys.outcome(ids + "a"))).isBetween(3000L, 3600L);
  }

  @Test
  void aScoreWithoutTextIsStoredWithAnEmptyOne() {
    String id = prefix + "no-text";
    publisher.publish(Events.scored(id, 0, 20, SCORED_AT).withoutText());

    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    assertThat(stores.predictions(id).get(0)).containsEntry("text_task", "");
  }

  @Test
  void whatWasAbortedIsNeverStored() {
    String id = prefix + "aborted";
    publisher.publishAndAbort(Events.scored(id, 0, 30, SCORED_AT));
    publisher.publish(Events.scored(id + "-after", 0, 31, SCORED_AT));

    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    assertThat(stores.predictions(id).get(0)).containsEntry("task_id", id + "-after");
  }

  @Test
  void aTicketIsPendingFromItsAcceptanceOnAlsoWhenItIsGarbage() {
    String ids = prefix + "pending-";
    var good = publisher.publish(Topics.TICKETS, ids + "good", "{\"text\": \"Help\"}");
    publisher.publish(Topics.TICKETS, ids + "garbage", "not JSON");
    publisher.publish(Topics.TICKETS, ids + "empty", null);
    var keyless = publisher.publish(Topics.TICKETS, null, "[]");

    soon().untilAsserted(() -> assertThat(stores.tickets(ids)).hasSize(3));
    assertThat(stores.tickets(ids))
        .allSatisfy(row -> assertThat(row).containsEntry("state", "PENDING"));
    assertThat(stores.tickets(ids + "good").get(0))
        .containsEntry("source_partition", good.partition())
        .containsEntry("source_offset", good.offset());
    String position = "tickets-" + keyless.partition() + "-" + keyless.offset();
    soon().untilAsserted(() -> assertThat(stores.tickets(position)).isNotEmpty());
  }

  @Test
  void anOutcomeDecidesItsPendingTicketAndANewVersionIsPendingAgain() {
    String id = prefix + "decided";
    var first = publisher.publish(Topics.TICKETS, id, "{\"text\": \"Help\"}");
    soon().until(() -> "PENDING".equals(state(id)));
    publisher.publish(Events.scored(id, first.partition(), first.offset(), SCORED_AT));
    soon().until(() -> "SCORED".equals(state(id)));
    publisher.publish(Topics.TICKETS, id, "{\"text\": \"Help, again\"}");
    soon().until(() -> "PENDING".equals(state(id)));
    assertThat(stores.predictions(id)).as("the earlier score is kept meanwhile").hasSize(1);
  }

  @Test
  void redeliveryChangesNothing() {
    String id = prefix + "again";
    Outcome outcome = Events.scored(id, 1, 40, SCORED_AT);
    publisher.publish(outcome);
    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    List<Map<String, @Nullable Object>> before = versions(id);

    publisher.publish(outcome, outcome, Events.scored(id + "-after", 1, 41, SCORED_AT));

    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(2));
    assertThat(versions(id)).isEqualTo(before);
  }

  /** The row versions: xmin changes with every write, also one that writes the same. */
  private List<Map<String, @Nullable Object>> versions(String id) {
    return stores.rows(
        "select p.xmin::text as prediction, t.xmin::text as ticket, p.*"
            + " from prediction p join ticket t using (task_id) where task_id = '"
            + id
            + "'");
  }

  @Test
  void whoWaitsHearsOfEveryOutcomeAlsoOfAnOlderOne() throws Exception {
    String id = prefix + "waited";
    String channel = "replies:" + UUID.randomUUID();
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    RedisClient client = RedisClient.create(stores.redisUrl());
    try (var subscription = client.connectPubSub()) {
      subscription.addListener(
          new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String message) {
              heard.add(message);
            }
          });
      subscription.sync().subscribe(channel);

      publisher.publishWaitedFor(Events.scored(id, 2, 51, SCORED_AT), channel);
      assertThat(offsetOf(heard.poll(60, TimeUnit.SECONDS))).isEqualTo(51);
      publisher.publishWaitedFor(Events.scored(id, 2, 50, SCORED_AT.plusSeconds(9)), channel);
      assertThat(offsetOf(heard.poll(60, TimeUnit.SECONDS))).isEqualTo(50);
      assertThat(outcome(id).sourceOffset()).as("the newer stays").isEqualTo(51);
    } finally {
      client.shutdown();
    }
  }

  private static long offsetOf(@Nullable String json) throws Exception {
    assertThat(json).as("a reply").isNotNull();
    return EventJson.mapper().readTree(json).get("source_offset").longValue();
  }

  @Test
  void theFirstAnswerToATextStaysCached() throws Exception {
    String id = prefix + "cached-";
    String text = "The same words " + prefix;
    ScoredTicket first = Events.scored(id + "1", 0, 60, SCORED_AT, text);
    publisher.publish(first);
    publisher.publish(Events.scored(id + "2", 0, 61, SCORED_AT, text));
    soon().until(() -> stores.redisValue(CacheKeys.outcome(id + "2")) != null);

    String key =
        CacheKeys.text(CacheKeys.DEFAULT_TENANT, first.model().digest(), first.textSha256());
    soon().until(() -> stores.redisValue(key) != null);
    assertThat(EventJson.mapper().readValue(stores.redisValue(key), ScoredTicket.class))
        .isEqualTo(first.withoutText());
    assertThat(ttlSeconds(key)).isBetween(200L, 300L);
  }

  @Test
  void theModelThatScoredLastIsAnnouncedAlsoAfterRedisLostIt() {
    publisher.publish(Events.scored(prefix + "model-1", 0, 70, SCORED_AT.plusSeconds(1)));
    soon().until(() -> stores.redisValue(CacheKeys.CURRENT_MODEL) != null);
    stores.redis(connection -> connection.sync().del(CacheKeys.CURRENT_MODEL));

    publisher.publish(Events.scored(prefix + "model-2", 0, 71, SCORED_AT));

    // Not later than the answer: whoever has that may correct it by a label of this model.
    soon().until(() -> stores.redisValue(CacheKeys.outcome(prefix + "model-2")) != null);
    assertThat(stores.redisValue(CacheKeys.CURRENT_MODEL)).isNotNull();
    assertThat(
            EventJson.mapper()
                .readValue(stores.redisValue(CacheKeys.CURRENT_MODEL), ScoredTicket.Model.class))
        .isEqualTo(Events.MODEL);
  }

  @Test
  void onlyTheTicketThatPostgresRefusesIsRejected() throws Exception {
    String ids = prefix + "culprit-";
    ScoredTicket good = Events.scored(ids + "a", 3, 80, SCORED_AT);
    ScoredTicket bad = Events.scored(ids + "b", 3, 81, SCORED_AT, "U+0000 is no text: \0");
    ScoredTicket alsoGood = Events.scored(ids + "c", 3, 82, SCORED_AT);
    publisher.publish(good, bad, alsoGood);

    soon().untilAsserted(() -> assertThat(stores.tickets(ids)).hasSize(3));
    assertThat(stores.predictions(ids))
        .extracting(row -> row.get("task_id"))
        .containsExactly(ids + "a", ids + "c");
    assertThat(stores.tickets(ids + "b").get(0))
        .containsEntry("state", "REJECTED")
        .containsEntry("code", "UNSTORABLE")
        .containsEntry("source_partition", 3)
        .containsEntry("source_offset", 81L);
    soon().until(() -> outcome(ids + "b") instanceof Rejection);
    assertThat(outcome(ids + "b").decidedAt()).isAfter(SCORED_AT);
    for (Rejection rejection : rejectionsOf(ids + "b")) {
      assertThat(rejection.message()).contains("Look at " + Topics.PRIORITIES + "-");
      assertThat(rejection.original()).as("the customer's words").isNull();
    }
  }

  @Test
  void garbageOnTheTopicsStopsNothingAndBringsForthNoRejection() throws Exception {
    String id = prefix + "after-garbage";
    List<String> garbage =
        new ArrayList<>(List.of("", "null", "[]", "{}", "\0", "{\"code\": \"?\"}"));
    garbage.add("{\"task_id\": 1, \"code\": \"INVALID\"}");
    garbage.add(
        new String(EventJson.write(Events.rejected("not an id\0", 0, 90, SCORED_AT)), "UTF-8"));
    for (String topic : List.of(Topics.PRIORITIES, Topics.REJECTIONS)) {
      for (String value : garbage) {
        publisher.publish(topic, id, value);
      }
      publisher.publish(topic, id, null);
    }
    long rejections = endOf(Topics.REJECTIONS);
    publisher.publish(Events.scored(id, 0, 91, SCORED_AT));

    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    soon().until(() -> stores.redisValue(CacheKeys.outcome(id)) != null);
    assertThat(endOf(Topics.REJECTIONS)).isEqualTo(rejections);
  }

  @Test
  void idleGroupsShowNoLag() {
    publisher.publish(Events.scored(prefix + "lag", 0, 100, SCORED_AT));
    for (String group : Set.of(NoteTickets.GROUP, StoreScores.GROUP, AnnounceScores.GROUP)) {
      soon().untilAsserted(() -> assertThat(lag(group)).as(group).isZero());
    }
  }

  @Test
  void probesAndMetricsAnswer() throws Exception {
    publisher.publish(Events.scored(prefix + "probe", 0, 110, SCORED_AT));
    soon().untilAsserted(() -> assertThat(stores.predictions(prefix + "probe")).hasSize(1));

    assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
    soon()
        .untilAsserted(
            () ->
                assertThat(get("/actuator/health/readiness").body())
                    .contains(
                        "\"kafka\":{\"status\":\"UP\"}",
                        "\"postgres\":{\"status\":\"UP\"}",
                        "\"redis\":{\"status\":\"UP\"}"));
    assertThat(get("/actuator/prometheus").body())
        .contains(
            "tickets_sink_batch_records_count{group=\"results-sink-postgres\"}",
            "tickets_sink_delay_seconds_bucket{group=\"results-sink-redis\"",
            "kafka_consumer_fetch_manager_records_lag_max{");
  }

  private HttpResponse<String> get(String path) throws Exception {
    String port = sink.getEnvironment().getProperty("local.server.port");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private @Nullable Object state(String id) {
    List<Map<String, @Nullable Object>> rows = stores.tickets(id);
    return rows.isEmpty() ? null : rows.get(0).get("state");
  }

  private Outcome outcome(String id) {
    String json = String.valueOf(stores.redisValue(CacheKeys.outcome(id)));
    return json.contains("\"code\"")
        ? EventJson.mapper().readValue(json, Rejection.class)
        : EventJson.mapper().readValue(json, ScoredTicket.class);
  }

  private long ttlSeconds(String key) {
    return stores.redis(connection -> connection.sync().ttl(key));
  }

  private List<Rejection> rejectionsOf(String id) throws Exception {
    List<Rejection> found = new ArrayList<>();
    try (Admin admin = stores.admin();
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", stores.kafka()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      Map<TopicPartition, Long> ends = ends(admin, Topics.REJECTIONS);
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (ends.keySet().stream().anyMatch(p -> consumer.position(p) < ends.get(p))
          && System.nanoTime() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (record.value() != null && id.equals(new String(record.key(), UTF_8))) {
            found.add(EventJson.readRejection(record.value()));
          }
        }
      }
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  private long endOf(String topic) throws Exception {
    try (Admin admin = stores.admin()) {
      return ends(admin, topic).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private long lag(String group) throws Exception {
    try (Admin admin = stores.admin()) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get(10, TimeUnit.SECONDS);
      long lag = 0;
      for (String topic :
          group.equals(NoteTickets.GROUP)
              ? List.of(Topics.TICKETS, Topics.INTERACTIVE)
              : List.of(Topics.PRIORITIES, Topics.REJECTIONS)) {
        for (var end : ends(admin, topic).entrySet()) {
          OffsetAndMetadata at = committed.get(end.getKey());
          lag += end.getValue() - (at == null ? 0 : at.offset());
        }
      }
      return lag;
    }
  }

  private static Map<TopicPartition, Long> ends(Admin admin, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin
        .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
        .all()
        .get(10, TimeUnit.SECONDS)
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }
}
