package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;

/** An erased ticket keeps its priority and nothing of its text, whatever is read again. */
@ExtendWith(Stores.InJvm.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErasedTicketsTest {

  private static final Instant SCORED_AT = Instant.parse("2026-11-25T10:00:01.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Addresses stores;
  private final String prefix = Events.freshPrefix();
  private ConfigurableApplicationContext sink;
  private Publisher publisher;
  private Postgres postgres;

  ErasedTicketsTest(Stores stores) {
    this.stores = stores.addresses();
  }

  @BeforeAll
  void start() {
    stores.createTopics();
    publisher = new Publisher(stores.kafka());
    sink = stores.startSink();
    ConnectionFactory connections =
        ConnectionFactories.get(
            ConnectionFactoryOptions.parse(stores.r2dbcUrl())
                .mutate()
                .option(ConnectionFactoryOptions.USER, stores.postgresUser())
                .option(ConnectionFactoryOptions.PASSWORD, stores.postgresPassword())
                .build());
    postgres = new Postgres(connections, LIMIT);
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
  void bothStoresForgetTheTextAndItsHashesAndKeepThePriority() {
    String id = prefix + "forgotten";
    ScoredTicket scored = Events.scored(id, 0, 10, SCORED_AT);
    String textKey =
        CacheKeys.text(CacheKeys.DEFAULT_TENANT, Events.MODEL.digest(), scored.textSha256());
    publisher.publish(scored);
    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    soon().until(() -> stores.redisValue(textKey) != null);
    claim(id, Events.RECEIVED);

    erase(id);

    soon().until(() -> stores.redisValue(CacheKeys.erased(id)) != null);
    assertThat(stores.redisValue(CacheKeys.outcome(id))).isNull();
    assertThat(stores.redisValue(CacheKeys.claim(id))).isNull();
    assertThat(stores.redisValue(textKey)).isNull();
    soon().untilAsserted(() -> assertThat(erasedAt(id)).isNotNull());
    assertThat(stores.predictions(id).get(0))
        .containsEntry("text_task", "")
        .containsEntry("text_sha256", null)
        .containsEntry("task_priority", "LABEL_1")
        .containsEntry("priority_score", 0.92);
    assertThat(stores.tickets(id).get(0))
        .containsEntry("state", "SCORED")
        .containsEntry("text_sha256", null);
  }

  @Test
  void whatIsReadAgainBringsNothingBackAndANewVersionIsKept() {
    String id = prefix + "replayed";
    erase(id);
    soon().until(() -> stores.redisValue(CacheKeys.erased(id)) != null);
    soon().untilAsserted(() -> assertThat(erasedAt(id)).isNotNull());

    publisher.publish(Events.scored(id, 0, 20, SCORED_AT));
    publisher.publish(Events.scored(id, 0, 20, SCORED_AT.plusSeconds(5)));
    soon().untilAsserted(() -> assertThat(stores.predictions(id)).hasSize(1));
    assertThat(stores.predictions(id).get(0))
        .containsEntry("text_task", "")
        .containsEntry("text_sha256", null)
        .containsEntry("priority_score", 0.92);
    assertThat(stores.tickets(id).get(0)).containsEntry("text_sha256", null);

    ScoredTicket newVersion =
        receivedAt(Events.scored(id, 0, 21, SCORED_AT, "Again"), Instant.now().plusSeconds(60));
    claim(id, newVersion.receivedAt());
    publisher.publish(newVersion);
    soon()
        .untilAsserted(
            () -> assertThat(stores.predictions(id).get(0)).containsEntry("text_task", "Again"));
    soon().until(() -> stores.redisValue(CacheKeys.outcome(id)) != null);
    assertThat(stores.redisValue(CacheKeys.outcome(id)))
        .as("of the new version, never of the old one")
        .contains("\"source_offset\":21");

    // The erasure was of the old version, also when it is read again.
    publisher.publish(Events.scored(prefix + "replayed-after", 0, 22, SCORED_AT));
    erasedAgainByItsOwnTime(id);
    assertThat(stores.predictions(id).get(0)).containsEntry("text_task", "Again");
    assertThat(stores.redisValue(CacheKeys.claim(id))).isNotNull();
  }

  private void erasedAgainByItsOwnTime(String id) {
    Instant at = Instant.parse(String.valueOf(stores.redisValue(CacheKeys.erased(id))));
    postgres.inTransaction(
        connection -> new ErasureTable().erase(connection, List.of(new ReceivedErasure(id, at))));
    sink.getBean(ScoreCache.class).erase(List.of(new ReceivedErasure(id, at))).block(LIMIT);
  }

  @Test
  void aTicketThatWasOnlyNotedOrRejectedIsBlankedToo() {
    String id = prefix + "noted";
    erase(id + "-before");
    publisher.publish(Topics.TICKETS, id, "{\"text\": \"Help\"}");
    publisher.publish(Events.rejected(id + "-rejected", 0, 30, SCORED_AT));
    soon().untilAsserted(() -> assertThat(stores.tickets(id)).hasSize(2));
    erase(id);
    erase(id + "-rejected");
    soon().untilAsserted(() -> assertThat(erasedAt(id)).isNotNull());
    soon().untilAsserted(() -> assertThat(erasedAt(id + "-rejected")).isNotNull());

    assertThat(stores.tickets(id).get(0))
        .containsEntry("state", "PENDING")
        .containsEntry("text_sha256", null)
        .containsEntry("message", null);
    assertThat(stores.tickets(id + "-rejected").get(0))
        .containsEntry("code", "INVALID")
        .containsEntry("message", Rejection.ERASED_MESSAGE);

    publisher.publish(Events.rejected(id + "-rejected", 0, 30, SCORED_AT.plusSeconds(1)));
    publisher.publish(Events.scored(id + "-last", 0, 31, SCORED_AT));
    soon().untilAsserted(() -> assertThat(stores.predictions(id + "-last")).hasSize(1));
    assertThat(stores.tickets(id + "-rejected").get(0))
        .containsEntry("message", Rejection.ERASED_MESSAGE);
  }

  @Test
  void aTextThatIsBeingStoredWhileItsTicketIsErasedIsBlankedToo() throws Exception {
    String id = prefix + "race";
    ScoredTicket scored = Events.scored(id, 0, 40, SCORED_AT);
    CountDownLatch written = new CountDownLatch(1);
    CompletableFuture<Void> storing =
        CompletableFuture.runAsync(
            () ->
                postgres.inTransaction(
                    connection ->
                        new ScoreTable()
                            .save(connection, List.of(scored))
                            .then(Mono.fromRunnable(written::countDown))
                            .then(Mono.delay(Duration.ofMillis(700)))
                            .then()));
    assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();

    postgres.inTransaction(
        connection ->
            new ErasureTable().erase(connection, List.of(new ReceivedErasure(id, Instant.now()))));

    storing.get(30, TimeUnit.SECONDS);
    assertThat(stores.predictions(id).get(0)).containsEntry("text_task", "");
  }

  @Test
  void aRowOfTheReplacedServiceIsBlanked() {
    String id = prefix + "old-row";
    soon()
        .untilAsserted(() -> assertThat(stores.rows("select 1 from erasure limit 1")).isNotNull());
    stores.execute(
        "insert into prediction (task_id, text_task, task_priority, priority_score) values ('"
            + id
            + "', 'secret', 'LABEL_0', 0.5)");
    erase(id);
    soon().untilAsserted(() -> assertThat(erasedAt(id)).isNotNull());
    assertThat(stores.predictions(id).get(0)).containsEntry("text_task", "");
  }

  @Test
  void oldRowsAreDeletedChunkByChunkAndNoOthers() {
    String old = prefix + "aged-";
    stores.execute(
        "insert into prediction (task_id, text_task, task_priority, priority_score, received_at)"
            + " select '"
            + old
            + "' || i, 'x', 'LABEL_0', 0.5, '2001-01-01T00:00:00Z' from generate_series(1, 2500) i");
    stores.execute(
        "insert into prediction (task_id, text_task, task_priority, priority_score, date_add)"
            + " values ('"
            + old
            + "replaced', 'x', 'LABEL_0', 0.5, '2001-01-01'), ('"
            + old
            + "young', 'x', 'LABEL_0', 0.5, '2001-03-01')");
    stores.execute(
        "insert into ticket (task_id, state, received_at, source_topic, source_partition,"
            + " source_offset) values ('"
            + old
            + "ticket', 'PENDING', '2001-01-01T00:00:00Z', 'tickets', 0, 0)");
    stores.execute(
        "insert into erasure values ('"
            + old
            + "1', '2000-12-01T00:00:00Z'), ('"
            + old
            + "2', '2001-01-20T00:00:00Z')");

    try (OldRows rows = oldRows(Duration.ofDays(30))) {
      rows.delete(Instant.parse("2001-02-15T00:00:00Z"));
    }

    assertThat(stores.predictions(old)).hasSize(1);
    assertThat(stores.predictions(old).get(0)).containsEntry("task_id", old + "young");
    assertThat(stores.tickets(old)).isEmpty();
    assertThat(stores.rows("select task_id from erasure where task_id like '" + old + "%'"))
        .as("as long as what it is about may be read again")
        .hasSize(1);
  }

  private OldRows oldRows(Duration retention) {
    return new OldRows(postgres, retention, TopicRetention.DEFAULT);
  }

  /** As ingest-api publishes it: on every partition. */
  private void erase(String id) {
    String json =
        new String(
            EventJson.write(new Erasure(id, Instant.now(), null, null)), StandardCharsets.UTF_8);
    for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
      publisher.publish(Topics.ERASURES, partition, id, json);
    }
  }

  private void claim(String id, Instant receivedAt) {
    stores.redis(
        redis ->
            redis
                .sync()
                .set(
                    CacheKeys.claim(id),
                    new String(
                        EventJson.write(
                            Map.of(
                                "sha256",
                                "0".repeat(64),
                                "received_at",
                                receivedAt,
                                "phase",
                                "accepted",
                                "partition",
                                0,
                                "offset",
                                10)),
                        StandardCharsets.UTF_8)));
  }

  private @Nullable Object erasedAt(String id) {
    List<Map<String, @Nullable Object>> rows =
        stores.rows("select erased_at from erasure where task_id = '" + id + "'");
    return rows.isEmpty() ? null : rows.get(0).get("erased_at");
  }

  private static ScoredTicket receivedAt(ScoredTicket ticket, Instant receivedAt) {
    return new ScoredTicket(
        ticket.taskId(),
        ticket.taskPriority(),
        ticket.priorityScore(),
        ticket.priority(),
        ticket.scores(),
        ticket.decision(),
        ticket.model(),
        ticket.truncated(),
        ticket.cached(),
        receivedAt,
        ticket.scoredAt(),
        ticket.stages(),
        ticket.textSha256(),
        ticket.sourceTopic(),
        ticket.sourcePartition(),
        ticket.sourceOffset(),
        ticket.text(),
        null);
  }
}
