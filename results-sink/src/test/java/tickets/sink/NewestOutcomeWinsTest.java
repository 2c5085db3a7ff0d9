package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import tickets.contract.CacheKeys;
import tickets.contract.Claim;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Tenancy;
import tickets.contract.Topics;

/** One rule of what is newer, in Java, in SQL and in Redis' script. */
@ExtendWith(Stores.InJvm.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NewestOutcomeWinsTest {

  private static final Instant T = Instant.parse("2026-11-25T10:00:01.250Z");
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration CLAIM_TTL = Duration.ofHours(3);

  private final Addresses stores;
  private ConnectionPool connections;
  private LettuceConnectionFactory redisConnections;
  private Postgres postgres;
  private ScoreCache cache;
  private StoreScores storing;
  private final TicketTable tickets = new TicketTable();

  NewestOutcomeWinsTest(Stores stores) {
    this.stores = stores.addresses();
  }

  @BeforeAll
  void connect() {
    new Schema(stores.schemaSettings(LIMIT)).migrate();
    connections =
        new ConnectionPool(
            ConnectionPoolConfiguration.builder(
                    ConnectionFactories.get(
                        ConnectionFactoryOptions.parse(stores.r2dbcUrl())
                            .mutate()
                            .option(ConnectionFactoryOptions.USER, stores.postgresUser())
                            .option(ConnectionFactoryOptions.PASSWORD, stores.postgresPassword())
                            .build()))
                .initialSize(1)
                .maxSize(2)
                .build());
    postgres = new Postgres(connections, LIMIT);
    storing =
        new StoreScores(
            postgres,
            new ScoreTable(),
            tickets,
            new UnstorableTickets(
                new KafkaTemplate<>(new DefaultKafkaProducerFactory<>(Map.of())), LIMIT),
            new SinkMeters(new SimpleMeterRegistry(), StoreScores.GROUP));
    redisConnections =
        new LettuceConnectionFactory(
            LettuceConnectionFactory.createRedisConfiguration(stores.redisUrl()));
    redisConnections.afterPropertiesSet();
    redisConnections.start();
    cache =
        new ScoreCache(
            new ReactiveStringRedisTemplate(redisConnections),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            CLAIM_TTL,
            Duration.ofDays(1),
            Tenancy.BY_KEY);
  }

  @AfterAll
  void disconnect() {
    connections.dispose();
    redisConnections.destroy();
  }

  static Stream<Arguments> olderAndNewer() {
    return Stream.of(
        arguments(
            "a higher offset is newer, whatever the clock says",
            Events.scored("", 0, 5, T.plusSeconds(60)),
            Events.scored("", 0, 6, T)),
        arguments(
            "offsets are compared as numbers",
            Events.scored("", 0, 9, T),
            Events.scored("", 0, 10, T)),
        arguments(
            "the same ticket scored again, by a new model perhaps",
            Events.scored("", 0, 5, T),
            Events.scored("", 0, 5, T.plusMillis(1))),
        arguments(
            "from another partition the later decision is newer",
            Events.scored("", 1, 900, T),
            Events.scored("", 2, 3, T.plusMillis(1))),
        arguments(
            "a score that was refused",
            Events.scored("", 0, 5, T),
            Events.rejected("", 0, 5, T.plusMillis(1))),
        arguments(
            "a new version that is rejected",
            Events.scored("", 0, 5, T.plusSeconds(60)),
            Events.rejected("", 0, 6, T)),
        arguments(
            "a new version that is right",
            Events.rejected("", 0, 5, T.plusSeconds(60)),
            Events.scored("", 0, 6, T)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("olderAndNewer")
  void olderNeverOverwritesNewerInWhateverOrderTheyCome(
      String rule, Outcome olderOne, Outcome newerOne) {
    assertThat(newerOne.isNewerThan(olderOne)).isTrue();
    assertThat(olderOne.isNewerThan(newerOne)).isFalse();
    List<List<Integer>> orders =
        List.of(List.of(0, 1), List.of(1, 0), List.of(0, 1, 0, 1), List.of(1, 1, 0, 0, 1, 0));
    for (List<Integer> order : orders) {
      for (boolean together : new boolean[] {true, false}) {
        String id = Events.freshPrefix() + "x";
        Outcome older = withId(olderOne, id);
        Outcome newer = withId(newerOne, id);
        List<Outcome> coming = order.stream().map(i -> i == 0 ? older : newer).toList();
        String how = rule + ", " + order + (together ? " in one batch" : " one by one");
        if (together) {
          deliver(coming);
        } else {
          coming.forEach(one -> deliver(List.of(one)));
        }
        assertHolds(how, older, newer);
      }
    }
  }

  private void assertHolds(String how, Outcome older, Outcome newer) {
    String id = newer.taskId();
    assertThat(cached(id)).as("Redis: " + how).isEqualTo(slim(newer));
    assertThat(stores.tickets(id)).hasSize(1);
    Map<String, @Nullable Object> ticket = stores.tickets(id).get(0);
    assertThat(ticket)
        .as("ticket: " + how)
        .containsEntry("state", newer instanceof Rejection ? "REJECTED" : "SCORED")
        .containsEntry("code", newer instanceof Rejection r ? r.code().name() : null)
        .containsEntry("source_offset", newer.sourceOffset());
    assertThat(((Timestamp) ticket.get("decided_at")).toInstant()).isEqualTo(newer.decidedAt());
    // A rejection does not take the ticket's last score away.
    Outcome score = newer instanceof ScoredTicket ? newer : older;
    assertThat(stores.predictions(id)).hasSize(1);
    Map<String, @Nullable Object> prediction = stores.predictions(id).get(0);
    assertThat(prediction)
        .as("prediction: " + how)
        .containsEntry("source_partition", score.sourcePartition())
        .containsEntry("source_offset", score.sourceOffset());
    assertThat(((Timestamp) prediction.get("scored_at")).toInstant()).isEqualTo(score.decidedAt());
  }

  @Test
  void anOutcomeStaysWhenItsTicketIsNotedLate() {
    String id = Events.freshPrefix() + "late";
    deliver(List.of(Events.scored(id, 0, 5, T)));
    note(pending(id, 0, 5, Events.RECEIVED));
    note(pending(id, 0, 4, Events.RECEIVED.plusSeconds(99)));
    note(pending(id, 1, 77, Events.RECEIVED.minusMillis(1)));
    assertThat(stores.tickets(id).get(0)).containsEntry("state", "SCORED");
  }

  @Test
  void aLaterRecordIsPendingUntilItsOwnOutcomeComes() {
    String id = Events.freshPrefix() + "version";
    deliver(List.of(Events.rejected(id, 0, 5, T)));
    note(pending(id, 0, 6, Events.RECEIVED));
    assertThat(stores.tickets(id).get(0))
        .containsEntry("state", "PENDING")
        .containsEntry("code", null)
        .containsEntry("message", null)
        .containsEntry("decided_at", null);
    deliver(List.of(Events.rejected(id, 0, 5, T)));
    assertThat(stores.tickets(id).get(0)).as("an older outcome").containsEntry("state", "PENDING");
    deliver(List.of(Events.scored(id, 0, 6, T)));
    assertThat(stores.tickets(id).get(0)).containsEntry("state", "SCORED");
  }

  @Test
  void aLaterRecordOfAnotherPartitionIsPendingToo() {
    String id = Events.freshPrefix() + "moved";
    deliver(List.of(Events.scored(id, 0, 5, T)));
    note(pending(id, 1, 2, Events.RECEIVED.plusMillis(1)));
    assertThat(stores.tickets(id).get(0)).containsEntry("state", "PENDING");
    deliver(List.of(Events.scored(id, 0, 5, T.plusSeconds(1))));
    assertThat(stores.tickets(id).get(0)).as("an older outcome").containsEntry("state", "PENDING");
  }

  @Test
  void whatIsNoOutcomeInRedisIsReplaced() {
    String id = Events.freshPrefix() + "foreign";
    String key = CacheKeys.outcome(id);
    for (String foreign : List.of("not JSON", "[]", "7", "{\"source_topic\": \"tickets\"}")) {
      stores.redis(connection -> connection.sync().set(key, foreign));
      ScoredTicket scored = Events.scored(id, 0, 5, T);
      deliver(List.of(scored));
      assertThat(cached(id)).isEqualTo(scored.withoutText());
    }
    stores.redis(connection -> connection.sync().del(key));
    stores.redis(connection -> connection.sync().lpush(key, "a list"));
    deliver(List.of(Events.scored(id, 0, 6, T)));
    assertThat(cached(id).sourceOffset()).isEqualTo(6);
  }

  @Test
  void aModelSeenEarlierNeverReplacesTheCurrentOne() {
    Instant farAhead = T.plus(Duration.ofDays(365));
    deliver(List.of(Events.scored(Events.freshPrefix(), 0, 5, farAhead)));
    ScoredTicket old = Events.scored(Events.freshPrefix(), 0, 6, T);
    ScoredTicket.Model oldModel = new ScoredTicket.Model("old", "0", "0".repeat(64));
    deliver(
        List.of(
            new ScoredTicket(
                old.taskId(),
                old.taskPriority(),
                old.priorityScore(),
                old.priority(),
                old.scores(),
                oldModel,
                false,
                false,
                old.receivedAt(),
                old.scoredAt(),
                old.stages(),
                old.textSha256(),
                old.sourceTopic(),
                old.sourcePartition(),
                old.sourceOffset(),
                old.text())));
    assertThat(stores.redisValue(CacheKeys.CURRENT_MODEL)).contains(Events.MODEL.digest());
    stores.redis(connection -> connection.sync().del(CacheKeys.CURRENT_MODEL));
  }

  @Test
  void aTimeThatNoStoreCanHoldCostsNoTicket() {
    String id = Events.freshPrefix() + "clock";
    deliver(List.of(Events.scored(id, 0, 5, Instant.parse("+200000-01-01T00:00:00Z"))));
    note(pending(id, 1, 5, Instant.ofEpochMilli(Long.MAX_VALUE)));
    assertThat(stores.predictions(id)).hasSize(1);
    assertThat(stores.tickets(id).get(0)).containsEntry("state", "PENDING");
  }

  @Test
  void aRejectionIsStorableWhateverItQuotes() {
    String id = Events.freshPrefix() + "quote";
    deliver(
        List.of(
            Rejection.of(
                id, Rejection.Code.INVALID, "Not this: \0", T, T, Topics.TICKETS, 0, 5, null)));
    assertThat(stores.tickets(id).get(0)).containsEntry("message", "Not this: \uFFFD");
  }

  private static TicketTable.Pending pending(
      String id, int partition, long offset, Instant receivedAt) {
    return new TicketTable.Pending(id, receivedAt, null, Topics.TICKETS, partition, offset);
  }

  private void note(TicketTable.Pending ticket) {
    postgres.inTransaction(connection -> tickets.notePending(connection, List.of(ticket)));
  }

  @Test
  void theAnswerToATextIsItsTenantsOnlyWhereTenantsAreKeptApart() {
    String text = "The same words " + Events.freshPrefix();
    ScoredTicket acme = Events.scored("acme:" + Events.freshPrefix(), 0, 1, T, text);
    ScoredTicket nobodys = Events.scored("No-Tenant:" + Events.freshPrefix(), 0, 2, T, text);
    deliver(List.of(acme, nobodys));

    assertThat(answerTo("acme", acme)).isEqualTo(acme.withoutText());
    assertThat(answerTo(CacheKeys.DEFAULT_TENANT, acme)).isEqualTo(nobodys.withoutText());
    assertThat(answerTo("globex", acme)).isNull();
  }

  @Test
  void theIdOfATicketWhoseCallerWaitedIsBoundToItsText() {
    String prefix = Events.freshPrefix();
    ScoredTicket waited = Events.waitedFor(prefix + "waited", 3, 7, T);
    ScoredTicket noted = Events.waitedFor(prefix + "noted", 3, 8, T);
    ScoredTicket named = Events.scored(prefix + "named", 3, 7, T);
    String earlier = Claim.publishing(named.textSha256(), T, "somebody").toJson();
    stores.redis(connection -> connection.sync().set(CacheKeys.claim(noted.taskId()), earlier));
    deliver(List.of(waited, noted, named));

    String key = CacheKeys.claim(waited.taskId());
    assertThat(Claim.fromJson(String.valueOf(stores.redisValue(key))))
        .isEqualTo(Claim.accepted(waited.textSha256(), Events.RECEIVED, Topics.INTERACTIVE, 3, 7));
    stores.redis(
        connection ->
            assertThat(connection.sync().pttl(key))
                .isBetween(CLAIM_TTL.minus(LIMIT).toMillis(), CLAIM_TTL.toMillis()));
    assertThat(stores.redisValue(CacheKeys.claim(noted.taskId()))).isEqualTo(earlier);
    assertThat(stores.redisValue(CacheKeys.claim(named.taskId()))).isNull();
  }

  private @Nullable ScoredTicket answerTo(String tenant, ScoredTicket of) {
    String json = stores.redisValue(CacheKeys.text(tenant, of.model().digest(), of.textSha256()));
    return json == null ? null : EventJson.mapper().readValue(json, ScoredTicket.class);
  }

  /** As the listeners do. */
  private void deliver(List<? extends Outcome> batch) {
    List<ReceivedOutcome> received = batch.stream().map(NewestOutcomeWinsTest::received).toList();
    storing.store(received.stream().map(ReceivedOutcome::record).toList());
    cache.announce(received).block(LIMIT);
  }

  private static ReceivedOutcome received(Outcome outcome) {
    return new ReceivedOutcome(
        new ConsumerRecord<>(
            Topics.PRIORITIES,
            0,
            0,
            outcome.taskId().getBytes(StandardCharsets.UTF_8),
            EventJson.write(outcome)),
        outcome);
  }

  private Outcome cached(String id) {
    String json = String.valueOf(stores.redisValue(CacheKeys.outcome(id)));
    return json.contains("\"code\"")
        ? EventJson.mapper().readValue(json, Rejection.class)
        : EventJson.mapper().readValue(json, ScoredTicket.class);
  }

  private static Outcome slim(Outcome outcome) {
    return outcome instanceof ScoredTicket scored
        ? scored.withoutText()
        : ((Rejection) outcome).withoutOriginal();
  }

  private static Outcome withId(Outcome outcome, String id) {
    return outcome instanceof ScoredTicket
        ? Events.scored(id, outcome.sourcePartition(), outcome.sourceOffset(), outcome.decidedAt())
        : Events.rejected(
            id, outcome.sourcePartition(), outcome.sourceOffset(), outcome.decidedAt());
  }
}
