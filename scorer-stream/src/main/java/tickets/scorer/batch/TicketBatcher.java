package tickets.scorer.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.scorer.erase.ErasedTickets;
import tickets.scorer.model.Verdict;

/**
 * [5] of a ticket's path. Keeps a partition's tickets until their batch is scored, and sends every
 * ticket's outcome on, in the tickets' order and with the ticket's own coordinates and headers. The
 * batch is that of the thread: {@link ThreadBatch} has the tickets of all its partitions scored
 * together.
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
      BatchPace pace,
      boolean withText,
      String scoredTo,
      String rejectedTo,
      BatchObserver observer,
      InstantSource clock,
      LongSupplier nanoTime) {

    /** One batcher a partition, each with a store of its own; one batch a thread. */
    public ProcessorSupplier<String, PendingTicket, String, Outcome> batchers() {
      ThreadLocal<ThreadBatch> batches = ThreadLocal.withInitial(() -> new ThreadBatch(this));
      return new ProcessorSupplier<>() {
        @Override
        public Processor<String, PendingTicket, String, Outcome> get() {
          return new TicketBatcher(Setup.this, batches);
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
          return Set.of(PendingTickets.storeBuilder());
        }
      };
    }
  }

  private final Setup setup;
  private final ThreadLocal<ThreadBatch> batches;
  private @Nullable ProcessorContext<String, Outcome> context;
  private @Nullable ThreadBatch batch;
  private @Nullable PendingTickets pending;
  private @Nullable ErasedTickets erased;
  private @Nullable Cancellable ticking;
  private int tokens;

  /** What the tickets that are kept were scored, until their outcomes are sent on. */
  private ThreadBatch.@Nullable Share verdicts;

  private TicketBatcher(Setup setup, ThreadLocal<ThreadBatch> batches) {
    this.setup = setup;
    this.batches = batches;
  }

  /**
   * How long the calling thread of Kafka Streams may wait for records.
   *
   * @param most where nothing is to be done meanwhile
   */
  public static Duration pollTime(Duration most) {
    return ThreadBatch.pollTime(most);
  }

  /**
   * Whether the calling thread of Kafka Streams comes back from a batch: records that are there
   * already were asked for before it, and are not all that the topic has.
   */
  public static boolean wasAway() {
    return ThreadBatch.wasAway();
  }

  /**
   * The calling thread of Kafka Streams has polled.
   *
   * @param isAll whether the broker had no more when it answered, and that is not long ago
   */
  public static void polled(ConsumerRecords<?, ?> records, boolean isAll) {
    ThreadBatch.polled(records, isAll);
  }

  /** Kafka Streams uses a batcher again, after {@link #close}, where a store has to be restored. */
  @Override
  public void init(ProcessorContext<String, Outcome> context) {
    this.context = context;
    erased = new ErasedTickets(context.getStateStore(ErasedTickets.STORE));
    PendingTickets pending = context.getStateStore(PendingTickets.STORE);
    pending.load();
    this.pending = pending;
    tokens = pending.all().stream().mapToInt(ticket -> estimate(ticket)).sum();
    verdicts = null;
    // Kafka Streams calls a processor on the thread that has its partition, and on no other.
    batch = batches.get();
    batch.add(this);
    if (!pending.isEmpty()) {
      setup.observer().pendingChangedBy(pending.size());
      tellOldest();
      log.info(
          "{} tickets of {}-{} were read earlier and wait for their scores",
          pending.size(),
          setup.topic(),
          context.taskId().partition());
      tick();
    }
  }

  @Override
  public void process(Record<String, PendingTicket> record) {
    PendingTicket ticket = record.value();
    batch().makeRoomFor(estimate(ticket));
    // Those of the tickets before it: this batch's, or of one that another partition filled.
    sendOutcomes();
    pending().add(ticket);
    tokens += estimate(ticket);
    setup.observer().pendingChangedBy(1);
    if (pending().size() == 1) {
      tellOldest();
    }
    tick();
    RecordMetadata read = context().recordMetadata().orElseThrow();
    batch().joined(read.partition(), read.offset());
    sendOutcomes();
  }

  private void tick() {
    if (ticking == null) {
      Duration linger = setup.pace().limits().linger();
      ticking = context().schedule(linger, PunctuationType.WALL_CLOCK_TIME, time -> onTick());
    }
  }

  private void onTick() {
    batch().scoreIfDue();
    sendOutcomes();
    if (pending().isEmpty()) {
      stopTicking();
    }
  }

  private void stopTicking() {
    if (ticking != null) {
      ticking.cancel();
      ticking = null;
    }
  }

  /** The tickets that are not scored yet, in the order in which they were read. */
  List<PendingTicket> waiting() {
    return hasVerdicts() ? List.of() : pending().all();
  }

  /** Their tokens, as estimated. */
  int waitingTokens() {
    return hasVerdicts() ? 0 : tokens;
  }

  boolean hasVerdicts() {
    return verdicts != null;
  }

  /**
   * The batch was scored: these are the verdicts on {@link #waiting}. A processor can send
   * something on only when it is its turn, so that is done when it is.
   */
  void decided(ThreadBatch.Share share) {
    verdicts = share;
  }

  private void sendOutcomes() {
    ThreadBatch.Share share = verdicts;
    if (share == null) {
      return;
    }
    List<PendingTicket> tickets = pending().all();
    List<Outcome> outcomes = new ArrayList<>(tickets.size());
    for (int i = 0; i < tickets.size(); i++) {
      Outcome outcome = erased().spare(outcome(tickets.get(i), share.verdicts().get(i), share));
      outcomes.add(outcome);
      context()
          .forward(
              new Record<>(
                  outcome.taskId(),
                  outcome,
                  share.decidedAt().toEpochMilli(),
                  tickets.get(i).outcomeHeaders()),
              outcome instanceof ScoredTicket ? setup.scoredTo() : setup.rejectedTo());
    }
    setup.observer().pendingChangedBy(-tickets.size());
    setup.observer().decided(outcomes);
    pending().clear();
    tokens = 0;
    verdicts = null;
    tellOldest();
    // Once for all partitions: the last one asks.
    if (share.trigger() != BatchObserver.Trigger.FULL && batch().isHandedOut()) {
      context().commit();
    }
  }

  private Outcome outcome(PendingTicket ticket, Verdict verdict, ThreadBatch.Share share) {
    if (verdict instanceof Verdict.Scored scored) {
      return ticket.scored(
          scored, share.batch(), share.flushedAt(), share.decidedAt(), setup.withText());
    }
    Rejection rejection = ticket.rejected((Verdict.Unscorable) verdict, share.decidedAt());
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
    if (batch != null) {
      batch.remove(this);
      batch = null;
    }
    stopTicking();
    if (pending != null) {
      setup.observer().pendingChangedBy(-pending.size());
      setup.observer().oldestPending(setup.topic(), context().taskId().partition(), null);
      pending = null;
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

  private int estimate(PendingTicket ticket) {
    return setup.pace().limits().estimateTokens(ticket.text());
  }

  private ProcessorContext<String, Outcome> context() {
    return afterInit(context);
  }

  private ThreadBatch batch() {
    return afterInit(batch);
  }

  private ErasedTickets erased() {
    return afterInit(erased);
  }

  private PendingTickets pending() {
    return afterInit(pending);
  }

  private static <T> T afterInit(@Nullable T field) {
    if (field == null) {
      throw new IllegalStateException("Kafka Streams calls init() first");
    }
    return field;
  }
}
