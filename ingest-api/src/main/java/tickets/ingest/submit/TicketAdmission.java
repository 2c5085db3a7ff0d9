package tickets.ingest.submit;

import static java.util.Objects.requireNonNull;
import static tickets.ingest.Refusal.Reason.IN_FLIGHT;
import static tickets.ingest.Refusal.Reason.KAFKA_DOWN;
import static tickets.ingest.Refusal.Reason.MODEL_FAULT;
import static tickets.ingest.Refusal.Reason.REJECTED;
import static tickets.ingest.Refusal.Reason.TEXT_DIFFERS;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tickets.contract.Claim;
import tickets.contract.Lane;
import tickets.contract.Rejection;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;
import tickets.ingest.answer.Acceptance;
import tickets.ingest.answer.Score;
import tickets.ingest.answer.ScoreLookup;
import tickets.ingest.answer.TicketState;
import tickets.ingest.answer.WaitingCallers;

/**
 * [2] of a ticket's path: decides whether a ticket is taken, under which id, and sees that an id is
 * published once, however often and wherever it is sent.
 */
@Component
final class TicketAdmission {

  private static final Logger log = LoggerFactory.getLogger(TicketAdmission.class);

  /** From a call's arrival: "Kafka is down" is answered within two seconds. */
  private static final Duration PUBLISH_LIMIT = Duration.ofMillis(1900);

  /** How often a repeat looks whether the first call with its id has been accepted. */
  private static final Duration CLAIM_PAUSE = Duration.ofMillis(50);

  private final TicketsTopic topic;
  private final Claims claims;
  private final WaitingCallers waitingCallers;
  private final ScoreLookup scores;
  private final IngestProperties properties;
  private final IngestMeters meters;

  /** Bounded by the calls being accepted, each of which ends within the limits of publishing. */
  private final ConcurrentMap<String, Underway> underway = new ConcurrentHashMap<>();

  TicketAdmission(
      TicketsTopic topic,
      Claims claims,
      WaitingCallers waitingCallers,
      ScoreLookup scores,
      IngestProperties properties,
      IngestMeters meters) {
    this.topic = topic;
    this.claims = claims;
    this.waitingCallers = waitingCallers;
    this.scores = scores;
    this.properties = properties;
    this.meters = meters;
  }

  /** A ticket that is being claimed and published, by its own id. */
  private record Underway(String textSha256, CompletableFuture<Accepted> accepted) {}

  /** What the broker said, and whether it said so to an earlier call with the same id. */
  private record Accepted(Acceptance acceptance, boolean repeat) {}

  /**
   * Takes a ticket without waiting for its priority.
   *
   * @param place where {@link Headroom} let the call in
   * @return its id in the pipeline, once the broker has it; fails with {@link Refusal}
   */
  Mono<String> accept(
      byte[] body,
      List<String> idempotencyKeys,
      TraceContext trace,
      Namespace namespace,
      Headroom.Place place) {
    return Mono.fromSupplier(() -> submission(body, idempotencyKeys, trace, namespace, place))
        .flatMap(
            submission ->
                (submission.ownId()
                        ? acceptOnce(submission)
                        : publish(submission, null, Noted.AT_ONCE))
                    .thenReturn(submission.id()));
  }

  /**
   * Takes a ticket and waits for its priority.
   *
   * @param place where {@link Headroom} let the call in
   * @return fails with {@link Refusal}
   */
  Mono<Score> score(
      byte[] body,
      List<String> idempotencyKeys,
      TraceContext trace,
      Namespace namespace,
      Headroom.Place place) {
    return Mono.fromSupplier(() -> submission(body, idempotencyKeys, trace, namespace, place))
        .flatMap(
            submission -> {
              if (!submission.ownId()) {
                return cached(submission)
                    .switchIfEmpty(Mono.defer(() -> publishAndWait(submission)));
              }
              // Who names the ticket wants that ticket, not an answer to another one, and it comes
              // after whatever was sent of it before.
              submission.place().changeTo(Lane.TICKETS);
              return waiting(
                  submission,
                  waiter ->
                      acceptOnce(submission)
                          .flatMap(accepted -> score(submission, waiter, accepted)));
            });
  }

  private Submission submission(
      byte[] body,
      List<String> keys,
      TraceContext trace,
      Namespace namespace,
      Headroom.Place place) {
    return Submission.of(
        body,
        keys,
        trace,
        namespace,
        properties.textMaxChars(),
        properties.redact(),
        () -> freshId(namespace, place),
        System.nanoTime(),
        place);
  }

  /**
   * The id decides the partition, and the partition which of the scorer's threads has the ticket:
   * of two ids, the one on whose partition less is before the scorer. So a thread or a scorer that
   * is slower than the others gets fewer tickets, and none runs dry beside one that has them all.
   */
  private String freshId(Namespace namespace, Headroom.Place place) {
    Instant now = Instant.now();
    String one = TicketIds.fresh(now);
    String other = TicketIds.fresh(now);
    return ahead(one, namespace, place) <= ahead(other, namespace, place) ? one : other;
  }

  private int ahead(String id, Namespace namespace, Headroom.Place place) {
    return place.aheadOn(topic.partitionOf(place.lane(), namespace.inside(id)));
  }

  private Mono<Score> cached(Submission submission) {
    return scores
        .byText(submission.namespace().tenant(), submission.textSha256())
        .filter(score -> submission.namespace().owns(score.taskId()))
        .doOnNext(score -> answered(score, submission, IngestMeters.Source.TEXT_CACHE));
  }

  /**
   * Of a ticket whose id nobody knows before its caller has an answer. With a score comes a claim,
   * which results-sink makes along with the outcome; one is made here only of a ticket that has
   * none.
   */
  private Mono<Score> publishAndWait(Submission submission) {
    return waiting(
        submission,
        waiter ->
            publish(submission, null, Noted.IF_NOT_SCORED)
                .flatMap(
                    accepted ->
                        score(submission, waiter, accepted)
                            .onErrorResume(
                                unscored ->
                                    note(submission, accepted.acceptance())
                                        .then(Mono.error(unscored)))));
  }

  private Mono<Score> waiting(
      Submission submission, Function<WaitingCallers.Waiter, Mono<Score>> score) {
    return Mono.using(
        () -> waitingCallers.register(submission.id()),
        waiter ->
            score
                .apply(waiter)
                .doOnNext(it -> answered(it, submission, IngestMeters.Source.PIPELINE)),
        WaitingCallers.Waiter::close);
  }

  private Mono<Score> score(
      Submission submission, WaitingCallers.Waiter waiter, Accepted accepted) {
    return waiter
        .outcome(
            accepted.acceptance(), accepted.repeat(), left(properties.syncTimeout(), submission))
        .map(TicketAdmission::scoreOf);
  }

  private static Score scoreOf(TicketState decided) {
    Score score = decided.score();
    if (score != null) {
      return score;
    }
    TicketState.Rejected rejected = decided.rejected();
    if (rejected == null) {
      throw new IllegalStateException("Neither scored nor rejected: " + decided.taskId());
    }
    boolean modelFault =
        rejected.code() == Rejection.Code.MODEL_FAILED
            || rejected.code() == Rejection.Code.NOT_A_NUMBER;
    throw Refusal.of(modelFault ? MODEL_FAULT : REJECTED, rejected.message(), decided.taskId())
        .withCode(rejected.code().name());
  }

  private void answered(Score score, Submission submission, IngestMeters.Source source) {
    Duration took = Duration.ofNanos(System.nanoTime() - submission.arrivedNanos());
    meters.answered(source, took);
    log.info(
        "Ticket {} answered: {} {} in {} ms{}",
        score.taskId(),
        score.priority(),
        score.priorityScore(),
        took.toMillis(),
        score.cached() ? " (same text)" : "");
  }

  /** Publishes a ticket with an id of its own unless that was accepted before, with that text. */
  private Mono<Accepted> acceptOnce(Submission submission) {
    Underway mine = new Underway(submission.textSha256(), new CompletableFuture<>());
    Underway earlier = underway.putIfAbsent(submission.id(), mine);
    if (earlier != null) {
      return join(submission, earlier);
    }
    // Goes on when this caller hangs up: others may have joined it.
    claimAndPublish(submission)
        .doFinally(signal -> underway.remove(submission.id(), mine))
        .subscribe(mine.accepted()::complete, mine.accepted()::completeExceptionally);
    return waitFor(mine.accepted());
  }

  /** The same id at the same time at this instance: one of them acts for all, Redis or not. */
  private Mono<Accepted> join(Submission submission, Underway earlier) {
    if (!earlier.textSha256().equals(submission.textSha256())) {
      return Mono.error(textDiffers(submission));
    }
    return waitFor(earlier.accepted()).map(accepted -> repeated(submission, accepted.acceptance()));
  }

  private Mono<Accepted> claimAndPublish(Submission submission) {
    return claims
        .claim(submission.id(), submission.textSha256())
        .filter(held -> held.ours() || isSettled(submission, held.claim()))
        // Somebody else is publishing it: look again until that is accepted or has failed.
        .repeatWhenEmpty(times -> times.concatMap(n -> Mono.delay(CLAIM_PAUSE)))
        .timeout(
            left(PUBLISH_LIMIT, submission),
            Mono.error(
                () ->
                    Refusal.of(
                        IN_FLIGHT,
                        "Another call with this id is being accepted. Try again.",
                        submission.id())))
        .map(Optional::of)
        .onErrorResume(
            RedisLink.RedisDown.class,
            down -> {
              // Two of the same id may now be published; they end in the same row.
              log.info(
                  "Ticket {} published without a claim: {}", submission.id(), down.getMessage());
              return Mono.just(Optional.empty());
            })
        .flatMap(
            held ->
                held.isPresent() && !held.get().ours()
                    ? Mono.just(
                        repeated(submission, requireNonNull(Acceptance.of(held.get().claim()))))
                    : publish(
                        submission, held.map(Claims.Held::claim).orElse(null), Noted.AT_ONCE));
  }

  /** Whether an earlier call's ticket is accepted; it must have had the same text. */
  private static boolean isSettled(Submission submission, Claim claim) {
    if (!claim.sha256().equals(submission.textSha256())) {
      throw textDiffers(submission);
    }
    return Acceptance.of(claim) != null;
  }

  private static Refusal textDiffers(Submission submission) {
    return Refusal.of(
        TEXT_DIFFERS,
        "This id or Idempotency-Key was used with another text. Use a new one for a new ticket.",
        submission.id());
  }

  private Accepted repeated(Submission submission, Acceptance acceptance) {
    meters.repeated();
    log.info("Ticket {} sent again: nothing is published", submission.id());
    return new Accepted(acceptance, true);
  }

  /** When it is noted in Redis that the broker has a ticket, for whoever asks for it by its id. */
  private enum Noted {
    AT_ONCE,
    IF_NOT_SCORED
  }

  /**
   * @param claim to be settled whatever comes of it, or null if there is none
   */
  private Mono<Accepted> publish(Submission submission, @Nullable Claim claim, Noted noted) {
    // Goes to its end even when the caller hangs up or has its answer: the claim must be settled.
    CompletableFuture<Acceptance> settled =
        Mono.fromFuture(
                topic.publish(
                    submission.place().lane(),
                    submission.place().usualWait(),
                    submission.ticket(),
                    waitingCallers.replyChannel(),
                    submission.trace()))
            .publishOn(Schedulers.parallel())
            .doOnNext(acceptance -> accepted(submission, acceptance))
            .delayUntil(
                acceptance -> noted == Noted.AT_ONCE ? note(submission, acceptance) : Mono.empty())
            .onErrorResume(error -> release(submission, claim).then(Mono.<Acceptance>error(error)))
            .toFuture();
    return waitFor(settled)
        .timeout(left(PUBLISH_LIMIT, submission), Mono.defer(() -> onceMoreIfBusy(settled)))
        .map(acceptance -> new Accepted(acceptance, false))
        .doOnError(
            error -> {
              if (noted == Noted.IF_NOT_SCORED) {
                // The caller is told that the ticket may be taken all the same.
                settled.thenAccept(acceptance -> note(submission, acceptance).subscribe());
              }
            })
        .onErrorMap(error -> notPublished(submission, error));
  }

  private Mono<Void> note(Submission submission, Acceptance acceptance) {
    log.info(
        "Ticket {} accepted: {}-{}, offset {}",
        submission.id(),
        acceptance.topic(),
        acceptance.partition(),
        acceptance.offset());
    return claims.accepted(submission.id(), submission.textSha256(), acceptance);
  }

  /** A burst can make Kafka slow on a small machine: that is not Kafka being down. */
  private Mono<Acceptance> onceMoreIfBusy(CompletableFuture<Acceptance> settled) {
    return topic.isAnswering()
        ? waitFor(settled).timeout(PUBLISH_LIMIT)
        : Mono.error(new TimeoutException());
  }

  /**
   * What comes of work that goes on when its caller hangs up or has its answer. A failure after
   * that is of interest to nobody; passed on as an error, it would be logged as a fault of this
   * service.
   */
  private static <T> Mono<T> waitFor(CompletableFuture<T> work) {
    CompletableFuture<Mono<T>> ended =
        work.handle((value, error) -> error == null ? Mono.just(value) : Mono.error(error));
    return Mono.fromFuture(ended, true).flatMap(outcome -> outcome);
  }

  private void accepted(Submission submission, Acceptance acceptance) {
    meters.accepted();
    submission.place().takenBy(acceptance);
  }

  private Mono<Void> release(Submission submission, @Nullable Claim claim) {
    return claim == null ? Mono.empty() : claims.release(submission.id(), claim);
  }

  private static Refusal notPublished(Submission submission, Throwable error) {
    log.warn(
        "Ticket {} not confirmed by Kafka: {}",
        submission.id(),
        error instanceof TimeoutException ? "no answer in time" : error.getMessage());
    return Refusal.of(
        KAFKA_DOWN,
        "Kafka did not confirm the ticket in time. It may still be scored: send it again with the"
            + " same Idempotency-Key or task_id, or look at /result/"
            + submission.id()
            + ".",
        submission.id());
  }

  private static Duration left(Duration limit, Submission submission) {
    Duration left = limit.minusNanos(System.nanoTime() - submission.arrivedNanos());
    return left.isNegative() ? Duration.ZERO : left;
  }
}
