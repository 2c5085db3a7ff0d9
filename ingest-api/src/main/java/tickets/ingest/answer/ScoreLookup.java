package tickets.ingest.answer;

import io.lettuce.core.KeyValue;
import io.r2dbc.spi.Readable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.Claim;
import tickets.contract.Correction;
import tickets.contract.EventJson;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketId;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;
import tickets.ingest.model.ScorerReports;
import tickets.ingest.status.ServiceStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * [12] of a ticket's path: what became of it. Redis is asked first, PostgreSQL when Redis does not
 * know or does not answer.
 */
@Component
public final class ScoreLookup {

  private static final Logger log = LoggerFactory.getLogger(ScoreLookup.class);

  /** Longer than the pool's own limits, which say more when they fail. */
  private static final Duration QUERY_LIMIT = Duration.ofSeconds(4);

  /** An addition to an answer that Redis gave: not worth waiting for a database that hangs. */
  private static final Duration CORRECTION_LIMIT = Duration.ofMillis(500);

  private static final TypeReference<LinkedHashMap<String, Double>> SCORES =
      new TypeReference<>() {};

  private static final TypeReference<List<String>> NAMES = new TypeReference<>() {};

  private static final String BY_ID =
      """
      select t.state, t.received_at as ticket_received_at, t.decided_at, t.code, t.message,
             t.source_topic as ticket_topic, t.source_partition as ticket_partition, t.source_offset as ticket_offset,
             p.task_priority, p.priority_score, p.priority, p.scores::text as scores,
             p.decision::text as decision,
             p.model_name, p.model_version, p.model_digest, p.truncated,
             p.language, p.confidence, p.set_aside::text as set_aside,
             p.received_at, p.scored_at, p.source_topic, p.source_partition, p.source_offset, e.erased_at,
             c.task_priority as corrected_task_priority, c.priority as corrected_priority, c.corrected_by, c.corrected_at
      from (select $1::text as task_id) as asked
      left join ticket t on t.task_id = asked.task_id
      left join prediction p on p.task_id = asked.task_id
      left join erasure e on e.task_id = asked.task_id
      left join lateral (
        select task_priority, priority, corrected_by, corrected_at from correction
        where correction.task_id = asked.task_id
        order by corrected_at desc, source_offset desc limit 1) c on true
      where t.task_id is not null or p.task_id is not null
      """;

  private static final String CORRECTION =
      """
      select task_priority as corrected_task_priority, priority as corrected_priority, corrected_by, corrected_at
      from correction where task_id = $1 order by corrected_at desc, source_offset desc limit 1
      """;

  private final RedisLink redis;
  private final DatabaseClient postgres;
  private final ScorerReports scorers;
  private final ServiceStatus status;
  private final boolean textCache;

  ScoreLookup(
      RedisLink redis,
      DatabaseClient postgres,
      ScorerReports scorers,
      ServiceStatus status,
      IngestProperties properties) {
    this.redis = redis;
    this.scorers = scorers;
    this.status = status;
    this.postgres = postgres;
    this.textCache = !properties.textCacheTtl().isZero();
  }

  /**
   * What is known of a ticket.
   *
   * @return empty if every store answered and none knows it; fails with {@link
   *     Refusal.Reason#STORE_DOWN} if one that may know it did not answer
   */
  public Mono<TicketState> find(String taskId) {
    return fromRedis(taskId)
        .flatMap(
            known ->
                known.isDecided()
                    ? withCorrection(known)
                    // Redis may have forgotten the outcome, but not that the ticket was accepted.
                    : fromPostgres(taskId)
                        .onErrorResume(error -> Mono.empty())
                        .map(
                            stored ->
                                stored.isDecided() || known.receivedAt() == null
                                    ? stored.corrected(known.correction())
                                    : known.corrected(stored.correction()))
                        .defaultIfEmpty(known))
        .onErrorResume(
            RedisLink.RedisDown.class,
            down ->
                fromPostgres(taskId)
                    .onErrorMap(error -> storeDown(taskId, "Redis and PostgreSQL do", error))
                    .switchIfEmpty(Mono.error(() -> storeDown(taskId, "Redis does", down))))
        .switchIfEmpty(
            Mono.defer(
                () ->
                    fromPostgres(taskId)
                        .onErrorMap(error -> storeDown(taskId, "PostgreSQL does", error))));
  }

  /**
   * What is known of a ticket, under the id by which a caller calls it.
   *
   * @return fails with {@link Refusal.Reason#UNKNOWN_TICKET} if there is none, or {@link
   *     Refusal.Reason#STORE_DOWN} if that is not certain
   */
  public Mono<TicketState> find(String calledId, Namespace namespace) {
    if (!TicketId.isValid(calledId)) {
      return Mono.error(
          Refusal.of(
              Refusal.Reason.UNKNOWN_TICKET,
              "No ticket can have this id: an id is 1 to 128 of A-Z a-z 0-9 . _ : -"));
    }
    Mono<TicketState> known =
        calledId.length() > namespace.longestId() ? Mono.empty() : find(namespace.inside(calledId));
    return known
        .onErrorMap(Refusal.class, namespace::outside)
        .switchIfEmpty(
            Mono.error(
                () ->
                    Refusal.of(
                        Refusal.Reason.UNKNOWN_TICKET,
                        "No ticket with this id was ever accepted. Check the id.",
                        calledId)));
  }

  /**
   * The model must not have the last word only because Redis was emptied since a person spoke, or
   * the ticket came again years later.
   */
  private Mono<TicketState> withCorrection(TicketState known) {
    if (known.correction() != null) {
      return Mono.just(known);
    }
    return postgres
        .sql(CORRECTION)
        .bind("$1", known.taskId())
        .map(row -> known.corrected(correction(known.taskId(), row)))
        .one()
        .timeout(CORRECTION_LIMIT)
        .onErrorResume(
            error -> {
              log.debug(
                  "Ticket {}: PostgreSQL not asked for corrections: {}",
                  known.taskId(),
                  error.getMessage());
              return Mono.empty();
            })
        .defaultIfEmpty(known);
  }

  /** The newest outcome as Redis has it; PostgreSQL's if Redis does not answer. Else empty. */
  Mono<TicketState> glance(String taskId) {
    return outcomeInRedis(taskId)
        .onErrorResume(RedisLink.RedisDown.class, down -> decidedInPostgres(taskId));
  }

  /** The newest outcome that any store has; a store that does not answer is passed over. */
  Mono<TicketState> look(String taskId) {
    return outcomeInRedis(taskId)
        .onErrorResume(RedisLink.RedisDown.class, down -> Mono.empty())
        .switchIfEmpty(Mono.defer(() -> decidedInPostgres(taskId)));
  }

  /**
   * The answer to an earlier request with the same text under the model that scores now. Empty if
   * there is none or Redis can't be asked.
   *
   * @param tenant whose request that was
   */
  public Mono<Score> byText(String tenant, String textSha256) {
    if (!textCache) {
      return Mono.empty();
    }
    return currentDigest()
        .map(digest -> CacheKeys.text(tenant, digest, textSha256))
        .flatMap(key -> redis.run(commands -> commands.get(key)))
        .map(json -> Score.of(EventJson.mapper().readValue(json, ScoredTicket.class), true))
        .onErrorResume(
            error -> {
              log.debug("Text cache not used: {}", error.getMessage());
              return Mono.empty();
            });
  }

  /**
   * What the scorers say, who say it before their first score. While they go over from one model to
   * another there is no current one: then no answer comes from the cache. Where they say nothing,
   * as before they did so, it is the model that scored last.
   */
  private Mono<String> currentDigest() {
    Set<String> digests = scorers.digests();
    if (digests.isEmpty()) {
      return status.askForModel().map(ScoredTicket.Model::digest);
    }
    return digests.size() > 1 ? Mono.empty() : Mono.just(digests.iterator().next());
  }

  private Mono<TicketState> outcomeInRedis(String taskId) {
    return redis
        .run(commands -> commands.get(CacheKeys.outcome(taskId)))
        .flatMap(json -> Mono.justOrEmpty(readOutcome(json)));
  }

  private Mono<TicketState> decidedInPostgres(String taskId) {
    return fromPostgres(taskId)
        .filter(TicketState::isDecided)
        .onErrorResume(
            error -> {
              log.debug("Ticket {} not looked up in PostgreSQL: {}", taskId, error.getMessage());
              return Mono.empty();
            });
  }

  private Mono<TicketState> fromRedis(String taskId) {
    return redis
        .run(
            commands ->
                commands
                    .mget(
                        CacheKeys.outcome(taskId),
                        CacheKeys.claim(taskId),
                        CacheKeys.erased(taskId),
                        CacheKeys.correction(taskId))
                    .collectList())
        .flatMap(values -> Mono.justOrEmpty(state(taskId, values)));
  }

  private static @Nullable TicketState state(String taskId, List<KeyValue<String, String>> values) {
    Instant erasedAt = time(values.get(2).getValueOrElse(""));
    TicketState known = outcomeOrClaim(taskId, values);
    Correction correction = readCorrection(taskId, values.get(3).getValueOrElse(""));
    if (known == null) {
      if (erasedAt == null && correction == null) {
        return null;
      }
      known = TicketState.accepted(taskId);
    }
    return known.erased(erasedAt).corrected(correction);
  }

  private static @Nullable Correction readCorrection(String taskId, String json) {
    if (json.isEmpty()) {
      return null;
    }
    try {
      return EventJson.mapper().readValue(json, Correction.class);
    } catch (JacksonException e) {
      log.warn("Ticket {}: unreadable correction in Redis, passed over", taskId);
      return null;
    }
  }

  private static @Nullable Instant time(String rfc3339) {
    try {
      return rfc3339.isEmpty() ? null : Instant.parse(rfc3339);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static @Nullable TicketState outcomeOrClaim(
      String taskId, List<KeyValue<String, String>> outcomeAndClaim) {
    String outcome = outcomeAndClaim.get(0).getValueOrElse("");
    TicketState decided = outcome.isEmpty() ? null : readOutcome(outcome);
    if (decided != null) {
      return decided;
    }
    String claim = outcomeAndClaim.get(1).getValueOrElse("");
    if (claim.isEmpty()) {
      return null;
    }
    try {
      Acceptance acceptance = Acceptance.of(Claim.fromJson(claim));
      // A claim that is still publishing was not accepted: its caller has no answer yet either.
      return acceptance == null ? null : TicketState.waiting(taskId, acceptance);
    } catch (JacksonException e) {
      log.warn("Ticket {}: unreadable claim in Redis, passed over", taskId);
      return null;
    }
  }

  /** Also what the reply channel brings; null (and a line in the log) if it is not an outcome. */
  static @Nullable TicketState readOutcome(String json) {
    try {
      return TicketState.of(EventJson.readOutcome(json.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      log.warn("Unreadable outcome from Redis, passed over: {}", e.getMessage());
      return null;
    }
  }

  private Mono<TicketState> fromPostgres(String taskId) {
    return postgres
        .sql(BY_ID)
        .bind("$1", taskId)
        .map(
            row ->
                state(taskId, row)
                    .erased(time(row, "erased_at"))
                    .corrected(correction(taskId, row)))
        .one()
        .timeout(QUERY_LIMIT);
  }

  private static TicketState state(String taskId, Readable row) {
    if ("REJECTED".equals(row.get("state", String.class))) {
      return new TicketState(
          taskId,
          null,
          new TicketState.Rejected(
              Rejection.Code.valueOf(orElse(row, "code", Rejection.Code.INVALID.name())),
              orElse(row, "message", "")),
          time(row, "ticket_received_at"),
          time(row, "decided_at"),
          row.get("ticket_topic", String.class),
          row.get("ticket_partition", Integer.class),
          row.get("ticket_offset", Long.class));
    }
    String label = row.get("task_priority", String.class);
    Double probability = row.get("priority_score", Double.class);
    if (label == null || probability == null) {
      return new TicketState(
          taskId,
          null,
          null,
          time(row, "ticket_received_at"),
          null,
          row.get("ticket_topic", String.class),
          row.get("ticket_partition", Integer.class),
          row.get("ticket_offset", Long.class));
    }
    return new TicketState(
        taskId,
        new Score(
            label,
            probability,
            taskId,
            orElse(row, "priority", label),
            scores(row),
            decision(row),
            model(row),
            row.get("truncated", Boolean.class),
            false,
            row.get("language", String.class),
            row.get("confidence", String.class),
            setAside(row)),
        null,
        time(row, "received_at"),
        time(row, "scored_at"),
        row.get("source_topic", String.class),
        row.get("source_partition", Integer.class),
        row.get("source_offset", Long.class));
  }

  private static @Nullable Correction correction(String taskId, Readable row) {
    String label = row.get("corrected_task_priority", String.class);
    Instant at = time(row, "corrected_at");
    return label == null || at == null
        ? null
        : new Correction(
            taskId,
            label,
            orElse(row, "corrected_priority", label),
            row.get("corrected_by", String.class),
            null,
            at,
            null);
  }

  private static @Nullable Map<String, Double> scores(Readable row) {
    String json = row.get("scores", String.class);
    return json == null ? null : EventJson.mapper().readValue(json, SCORES);
  }

  private static @Nullable List<String> setAside(Readable row) {
    String json = row.get("set_aside", String.class);
    return json == null ? null : EventJson.mapper().readValue(json, NAMES);
  }

  private static ScoredTicket.@Nullable Decision decision(Readable row) {
    String json = row.get("decision", String.class);
    return json == null ? null : EventJson.mapper().readValue(json, ScoredTicket.Decision.class);
  }

  private static ScoredTicket.@Nullable Model model(Readable row) {
    String name = row.get("model_name", String.class);
    String version = row.get("model_version", String.class);
    String digest = row.get("model_digest", String.class);
    return name == null || version == null || digest == null
        ? null
        : new ScoredTicket.Model(name, version, digest);
  }

  private static String orElse(Readable row, String column, String otherwise) {
    String value = row.get(column, String.class);
    return value == null ? otherwise : value;
  }

  private static @Nullable Instant time(Readable row, String column) {
    OffsetDateTime time = row.get(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private static Refusal storeDown(String taskId, String who, Throwable cause) {
    log.info(
        "Ticket {}: {} not answer: {}",
        taskId,
        who,
        NestedExceptionUtils.getMostSpecificCause(cause).getMessage());
    return Refusal.of(
        Refusal.Reason.STORE_DOWN,
        who + " not answer, so nobody can say whether this ticket is known. Ask again.",
        taskId);
  }
}
