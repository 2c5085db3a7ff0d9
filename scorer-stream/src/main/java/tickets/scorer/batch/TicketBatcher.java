package tickets.scorer.batch;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.scorer.erase.ErasedTickets;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Verdict;

/**
 * [5] of a ticket's path. Gathers a partition's tickets into batches, has each batch scored, and
 * sends every ticket's outcome on, in the tickets' order and with the ticket's own coordinates and
 * headers.
 *
 * <p>A full batch is scored inside {@code process()}. A punctuator scores one that waited long
 * enough; it runs only while tickets wait, as each of its runs makes the task commit. Only then a
 * commit is asked for: a lone ticket's outcome must not wait for the commit interval, whereas
 * committing after every full batch would cost a third of the batches' fill
 * (docs/decisions/0002-when-is-a-batch-flushed.md).
 *
 * <p>An exception of the engine as a whole leaves {@code process()}: the transaction is aborted,
 * and the batch is there again, whole, for the next try.
 */
public final class TicketBatcher implements Processor<String, PendingTicket, String, Outcome> {
  private static final Logger log = LoggerFactory.getLogger(TicketBatcher.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /**
   * What all batchers share.
   *
   * @param topic whose tickets they are
   * @param pace says how much a batch may hold
   * @param scoredTo the child node for {@link ScoredTicket}s
   * @param rejectedTo the child node for {@link Rejection}s
   * @param withText whether results carry the text
   * @param clock the time of day, for events
   * @param nanoTime as {@link System#nanoTime}, for waiting
   */
  public record Setup(
      String topic,
      BatchScoring engine,
      ScoredTicket.Model model,
      BatchPace pace,
      boolean withText,
      String scoredTo,
      String rejectedTo,
      BatchObserver observer,
      InstantSource clock,
      LongSupplier nanoTime) {

    /** One batcher a partition, each with a store of its own. */
    public ProcessorSupplier<String, PendingTicket, String, Outcome> batchers() {
      WaitingClock waiting = new WaitingClock(nanoTime);
      return new ProcessorSupplier<>() {
        @Override
        public Processor<String, PendingTicket, String, Outcome> get() {
          return new TicketBatcher(Setup.this, waiting);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
          return Set.of(PendingTickets.storeBuilder());
        }
      };
    }
  }

  private final Setup setup;
  private final WaitingClock waiting;
  private @Nullable ProcessorContext<String, Outcome> context;
  private @Nullable PendingTickets pending;
  private @Nullable ErasedTickets erased;
  private @Nullable Cancellable ticking;
  private int tokens;
  private long firstJoined;
  private long lastJoined;

  private TicketBatcher(Setup setup, WaitingClock waiting) {
    this.setup = setup;
    this.waiting = waiting;
  }

  @Override
  public void init(ProcessorContext<String, Outcome> context) {
    this.context = context;
    erased = new ErasedTickets(context.getStateStore(ErasedTickets.STORE));
    pending = new PendingTickets(context.getStateStore(PendingTickets.STORE));
    if (!pending.isEmpty()) {
      pending.all().forEach(ticket -> tokens += limits().estimateTokens(ticket.text()));
      setup.observer().pendingChangedBy(pending.size());
      tellOldest();
      log.info(
          "{} tickets of {}-{} were read earlier and wait for their scores",
          pending.size(),
          setup.topic(),
          context.taskId().partition());
      firstJoined = waiting.now();
      lastJoined = firstJoined;
      tick();
    }
  }

  @Override
  public void process(Record<String, PendingTicket> record) {
    PendingTicket ticket = record.value();
    int estimate = limits().estimateTokens(ticket.text());
    if (!limits().haveRoomFor(estimate, pending().size(), tokens)) {
      score(BatchObserver.Trigger.FULL);
    }
    lastJoined = waiting.now();
    if (pending().isEmpty()) {
      firstJoined = lastJoined;
    }
    pending().add(ticket);
    tokens += estimate;
    setup.observer().pendingChangedBy(1);
    if (pending().size() == 1) {
      tellOldest();
    }
    if (limits().areReached(pending().size(), tokens)) {
      score(BatchObserver.Trigger.FULL);
    } else {
      tick();
    }
  }

  private void tick() {
    if (ticking == null) {
      ticking =
          context()
              .schedule(limits().linger(), PunctuationType.WALL_CLOCK_TIME, time -> scoreIfDue());
    }
  }

  private void scoreIfDue() {
    if (!pending().isEmpty()) {
      long now = waiting.now();
      if (!limits().areDue(now - firstJoined, now - lastJoined)) {
        return;
      }
      score(BatchObserver.Trigger.AGE);
      context().commit();
    }
    if (ticking != null) {
      ticking.cancel();
      ticking = null;
    }
  }

  private void score(BatchObserver.Trigger trigger) {
    List<PendingTicket> tickets = pending().all();
    Instant flushedAt = setup.clock().instant();
    long cpuBefore = THREADS.getCurrentThreadCpuTime();
    ScoredBatch batch =
        waiting.standingStill(
            () -> setup.engine().score(tickets.stream().map(PendingTicket::text).toList()));
    Duration cpu = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - cpuBefore);
    if (batch.verdicts().size() != tickets.size()) {
      throw new IllegalStateException(
          "The engine gave "
              + batch.verdicts().size()
              + " verdicts on "
              + tickets.size()
              + " texts");
    }
    Instant decidedAt = setup.clock().instant();
    List<Outcome> outcomes = new ArrayList<>(tickets.size());
    for (int i = 0; i < tickets.size(); i++) {
      Outcome outcome =
          erased()
              .spare(outcome(tickets.get(i), batch.verdicts().get(i), batch, flushedAt, decidedAt));
      outcomes.add(outcome);
      context()
          .forward(
              new Record<>(
                  outcome.taskId(),
                  outcome,
                  decidedAt.toEpochMilli(),
                  tickets.get(i).outcomeHeaders()),
              outcome instanceof ScoredTicket ? setup.scoredTo() : setup.rejectedTo());
    }
    double fill = limits().fill(tickets.size(), tokens);
    setup.pace().scored(tickets.size(), tokens, cpu);
    Duration waited = Duration.between(tickets.get(0).readAt(), flushedAt);
    log.debug(
        "Scored {} tickets of {}-{} ({}): {} tokens, {} with padding, waited {} ms,"
            + " tokenising {} ms, inference {} ms",
        tickets.size(),
        setup.topic(),
        context().taskId().partition(),
        trigger,
        batch.tokens(),
        batch.paddedTokens(),
        waited.toMillis(),
        batch.tokenising().toMillis(),
        batch.inference().toMillis());
    setup.observer().pendingChangedBy(-tickets.size());
    pending().clear();
    tellOldest();
    tokens = 0;
    setup.observer().scored(outcomes, batch, fill, trigger, waited);
  }

  private Outcome outcome(
      PendingTicket ticket,
      Verdict verdict,
      ScoredBatch batch,
      Instant flushedAt,
      Instant decidedAt) {
    if (verdict instanceof Verdict.Scored scored) {
      return ticket.scored(scored, setup.model(), batch, flushedAt, decidedAt, setup.withText());
    }
    Rejection rejection = ticket.rejected((Verdict.Unscorable) verdict, decidedAt);
    log.warn(
        "Ticket {} rejected: {} ({}-{}@{})",
        rejection.taskId(),
        rejection.code(),
        rejection.sourceTopic(),
        rejection.sourcePartition(),
        rejection.sourceOffset());
    return rejection;
  }

  @Override
  public void close() {
    if (pending != null) {
      setup.observer().pendingChangedBy(-pending.size());
      setup.observer().oldestPending(setup.topic(), context().taskId().partition(), null);
    }
  }

  private void tellOldest() {
    Instant oldest =
        pending().all().stream()
            .map(PendingTicket::receivedAt)
            .min(Comparator.naturalOrder())
            .orElse(null);
    setup.observer().oldestPending(setup.topic(), context().taskId().partition(), oldest);
  }

  private BatchLimits limits() {
    return setup.pace().limits();
  }

  private ProcessorContext<String, Outcome> context() {
    if (context == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return context;
  }

  private ErasedTickets erased() {
    if (erased == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return erased;
  }

  private PendingTickets pending() {
    if (pending == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return pending;
  }
}
