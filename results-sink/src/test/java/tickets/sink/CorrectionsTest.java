package tickets.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import tickets.contract.CacheKeys;
import tickets.contract.Correction;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tools.jackson.databind.JsonNode;

/** What people say is kept for good, word by word, and no score overrides it. */
@ExtendWith(Stores.InJvm.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorrectionsTest {

  private static final Instant SCORED_AT = Instant.parse("2026-11-25T10:00:01.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Addresses stores;
  private final String prefix = Events.freshPrefix();
  private ConfigurableApplicationContext sink;
  private Publisher publisher;
  private Postgres postgres;

  CorrectionsTest(Stores stores) {
    this.stores = stores.addresses();
  }

  @BeforeAll
  void start() {
    stores.createTopics();
    publisher = new Publisher(stores.kafka());
    sink = stores.startSink();
    postgres =
        new Postgres(
            ConnectionFactories.get(
                ConnectionFactoryOptions.parse(stores.r2dbcUrl())
                    .mutate()
                    .option(ConnectionFactoryOptions.USER, stores.postgresUser())
                    .option(ConnectionFactoryOptions.PASSWORD, stores.postgresPassword())
                    .build()),
            LIMIT);
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
  void everyWordIsKeptAndTheLastOneCounts() {
    String id = prefix + "history";
    publisher.publish(Events.scored(id, 0, 10, SCORED_AT));
    RecordMetadata first = correct(id, "LABEL_0", "low", "Anna");
    RecordMetadata last = correct(id, "LABEL_2", "high", "Boris");

    soon().untilAsserted(() -> assertThat(stores.corrections(id)).hasSize(2));
    soon().until(() -> stores.predictions(id).size() == 1);
    List<Map<String, @Nullable Object>> rows = stores.corrections(id);
    assertThat(rows.get(0))
        .containsEntry("task_priority", "LABEL_0")
        .containsEntry("corrected_by", "Anna")
        .containsEntry("client", "desk")
        .containsEntry("model_task_priority", "LABEL_1")
        .containsEntry("model_priority", "urgent")
        .containsEntry("model_digest", Events.MODEL.digest())
        .containsEntry("source_topic", Topics.CORRECTIONS)
        .containsEntry("source_partition", first.partition())
        .containsEntry("source_offset", first.offset());
    assertThat(((java.sql.Timestamp) rows.get(1).get("corrected_at")).toInstant())
        .as("the broker's time")
        .isEqualTo(Instant.ofEpochMilli(last.timestamp()));
    soon().until(() -> "Boris".equals(inRedis(id).path("by").asString("")));
    assertThat(corrected(id))
        .containsEntry("task_priority", "LABEL_2")
        .containsEntry("priority", "high")
        .containsEntry("model_task_priority", "LABEL_1")
        .containsEntry("model_priority", "urgent")
        .containsEntry("priority_score", 0.92)
        .containsEntry("corrected_by", "Boris");
    assertThat(stores.predictions(id).get(0))
        .as("the table of the replaced service is as it was")
        .containsEntry("task_priority", "LABEL_1")
        .containsEntry("priority", "urgent");
  }

  @Test
  void noScoreOverridesItWhicheverComesFirst() {
    String id = prefix + "first";
    correct(id, "LABEL_0", "low", null);
    soon().until(() -> stores.corrections(id).size() == 1);
    soon().until(() -> stores.redisValue(CacheKeys.correction(id)) != null);
    assertThat(stores.predictions(id)).isEmpty();

    publisher.publish(Events.scored(id, 0, 20, SCORED_AT));
    soon().until(() -> stores.predictions(id).size() == 1);
    assertThat(corrected(id)).containsEntry("task_priority", "LABEL_0");

    // A new version of the ticket, scored by another model.
    publisher.publish(Events.scored(id, 0, 21, SCORED_AT.plusSeconds(60), "Again"));
    soon().until(() -> "Again".equals(stores.predictions(id).get(0).get("text_task")));
    soon()
        .until(
            () ->
                String.valueOf(stores.redisValue(CacheKeys.outcome(id)))
                    .contains("\"source_offset\":21"));
    assertThat(corrected(id))
        .containsEntry("task_priority", "LABEL_0")
        .containsEntry("model_task_priority", "LABEL_1");
    assertThat(inRedis(id).get("task_priority").stringValue()).isEqualTo("LABEL_0");
  }

  @Test
  void whatIsReadAgainAddsNothingAndATopicMadeAnewDoes() {
    String id = prefix + "again";
    Correction correction = correction(id, SCORED_AT);
    ReceivedCorrection received =
        new ReceivedCorrection(correction, Topics.CORRECTIONS, 3, 1 << 30);
    soon().until(() -> !stores.rows("select to_regclass('correction')").isEmpty());

    add(received);
    add(received);
    assertThat(stores.corrections(id)).hasSize(1);
    add(
        new ReceivedCorrection(
            correction(id, SCORED_AT.plusSeconds(1)), Topics.CORRECTIONS, 3, 1 << 30));
    assertThat(stores.corrections(id)).hasSize(2);
  }

  @Test
  void inRedisAnOlderWordDoesNotReplaceANewerOne() {
    String id = prefix + "order";
    CorrectionCache cache =
        new CorrectionCache(sink.getBean(ReactiveStringRedisTemplate.class), Duration.ofHours(1));
    ReceivedCorrection newer =
        new ReceivedCorrection(correction(id, SCORED_AT), Topics.CORRECTIONS, 0, 8);
    for (ReceivedCorrection one :
        List.of(
            newer,
            new ReceivedCorrection(correction(id, SCORED_AT), Topics.CORRECTIONS, 0, 7),
            new ReceivedCorrection(
                correction(id, SCORED_AT.minusMillis(1)), Topics.CORRECTIONS, 0, 9))) {
      cache.announce(List.of(one)).block(LIMIT);
    }
    assertThat(inRedis(id).get("source_offset").longValue()).isEqualTo(8);
    assertThat(stores.<Long>redis(redis -> redis.sync().ttl(CacheKeys.correction(id))))
        .isBetween(3000L, 3600L);

    stores.redis(redis -> redis.sync().set(CacheKeys.correction(id), "nonsense"));
    cache.announce(List.of(newer)).block(LIMIT);
    assertThat(inRedis(id).get("source_offset").longValue()).isEqualTo(8);
  }

  @Test
  void anErasureTakesThePersonOutAndLeavesTheDecision() {
    String id = prefix + "erased";
    RecordMetadata said = correct(id, "LABEL_0", "low", "Anna");
    soon().until(() -> stores.corrections(id).size() == 1);
    soon().until(() -> stores.redisValue(CacheKeys.correction(id)) != null);

    erase(id);

    soon().until(() -> stores.corrections(id).get(0).get("corrected_by") == null);
    soon().until(() -> !inRedis(id).has("by"));
    assertThat(stores.corrections(id).get(0)).containsEntry("task_priority", "LABEL_0");
    assertThat(inRedis(id).get("task_priority").stringValue()).isEqualTo("LABEL_0");
    assertThat(inRedis(id).at("/model_said/model/digest").stringValue())
        .isEqualTo(Events.MODEL.digest());
    assertThat(stores.<Long>redis(redis -> redis.sync().ttl(CacheKeys.correction(id))))
        .as("days that it still lives")
        .isGreaterThan(Duration.ofDays(60).toSeconds());

    // Both stores were emptied, and the topic is read again.
    stores.execute("delete from correction where task_id = '" + id + "'");
    stores.redis(redis -> redis.sync().del(CacheKeys.correction(id)));
    ReceivedCorrection again =
        new ReceivedCorrection(
            new Correction(
                id, "LABEL_0", "low", "Anna", "desk", Instant.ofEpochMilli(said.timestamp()), null),
            Topics.CORRECTIONS,
            said.partition(),
            said.offset());
    add(again);
    new CorrectionCache(sink.getBean(ReactiveStringRedisTemplate.class), LIMIT)
        .announce(List.of(again))
        .block(LIMIT);
    assertThat(stores.corrections(id).get(0)).containsEntry("corrected_by", null);
    assertThat(inRedis(id).has("by")).isFalse();

    correct(id, "LABEL_2", "high", "Boris");
    soon().until(() -> "Boris".equals(inRedis(id).path("by").asString("")));
    soon().until(() -> stores.corrections(id).size() == 2);
    assertThat(stores.corrections(id).get(1))
        .as("said after the erasure")
        .containsEntry("corrected_by", "Boris");
  }

  @Test
  void garbageStopsNothing() {
    String id = prefix + "garbage";
    for (String value : List.of("", "null", "[]", "{}", "{\"task_priority\": \"\\u0000\"}")) {
      publisher.publish(Topics.CORRECTIONS, id, value);
    }
    publisher.publish(Topics.CORRECTIONS, id, null);
    // A stranger's: PostgreSQL has no U+0000.
    publisher.publish(
        Topics.CORRECTIONS,
        id + "-refused",
        "{\"task_priority\": \"LABEL_0\", \"model_said\": {\"task_priority\": \"\\u0000\","
            + " \"priority\": \"x\"}}");
    correct(id, "LABEL_0", "low", null);

    soon().until(() -> stores.corrections(id).size() == 1);
    assertThat(stores.corrections(id).get(0)).containsEntry("task_id", id);
  }

  @Test
  void oldWordsGoWithTheirTicketAndNotBefore() {
    String old = prefix + "aged-";
    soon().until(() -> !stores.rows("select to_regclass('correction')").isEmpty());
    Instant longAgo = Instant.parse("2001-01-01T00:00:00Z");
    for (String id : List.of("alone", "came-again", "young")) {
      add(
          new ReceivedCorrection(
              correction(old + id, id.equals("young") ? longAgo.plusSeconds(5_000_000) : longAgo),
              Topics.CORRECTIONS,
              2,
              (1 << 29) + id.length()));
    }
    stores.execute(
        "insert into ticket (task_id, state, received_at, source_topic, source_partition,"
            + " source_offset) values ('"
            + old
            + "came-again', 'SCORED', '2001-02-10T00:00:00Z', 'tickets', 0, 0)");

    try (OldRows rows = new OldRows(postgres, Duration.ofDays(30), TopicRetention.DEFAULT)) {
      rows.delete(Instant.parse("2001-02-15T00:00:00Z"));
    }

    assertThat(stores.corrections(old))
        .extracting(row -> row.get("task_id"))
        .containsExactly(old + "came-again", old + "young");
  }

  private void add(ReceivedCorrection one) {
    postgres.inTransaction(connection -> new CorrectionTable().add(connection, List.of(one)));
  }

  private static Correction correction(String id, Instant at) {
    return new Correction(id, "LABEL_0", "low", "Anna", "desk", at, null);
  }

  /** As ingest-api publishes it. */
  private RecordMetadata correct(String id, String label, String name, @Nullable String by) {
    return publisher.publish(
        Topics.CORRECTIONS,
        id,
        new String(
            EventJson.write(
                new Correction(
                    id,
                    label,
                    name,
                    by,
                    "desk",
                    SCORED_AT,
                    new Correction.ModelSaid("LABEL_1", "urgent", Events.MODEL))),
            UTF_8));
  }

  private void erase(String id) {
    String json = new String(EventJson.write(new Erasure(id, Instant.now(), null, null)), UTF_8);
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      publisher.publish(Topics.ERASURES, partition, id, json);
    }
  }

  private JsonNode inRedis(String id) {
    String json = stores.redisValue(CacheKeys.correction(id));
    return EventJson.mapper().readTree(json == null ? "{}" : json);
  }

  private Map<String, @Nullable Object> corrected(String id) {
    return stores.rows("select * from corrected_prediction where task_id = '" + id + "'").get(0);
  }
}
