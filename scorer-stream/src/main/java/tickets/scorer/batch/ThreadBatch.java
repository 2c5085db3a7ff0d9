package tickets.scorer.batch;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.scorer.batch.BatchObserver.Trigger;
import tickets.scorer.model.ScoredBatch;
import tickets.scorer.model.Verdict;

/**
 * The batch of one stream thread: what waits in all its partitions is scored together, and each
 * {@link TicketBatcher} then sends the outcomes of its own partition on
 * (docs/decisions/0012-whose-tickets-share-a-batch.md).
 *
 * <p>Only the stream thread that it belongs to uses it.
 */
final class ThreadBatch {
  private static final Logger log = LoggerFactory.getLogger(ThreadBatch.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Kafka Streams has no other way to say how long its thread may wait for records. */
  private static final ThreadLocal<@Nullable ThreadBatch> OF_THIS_THREAD = new ThreadLocal<>();

  /** Two of Kafka Streams' commit intervals: outcomes of a full batch are committed by then. */
  private static final Duration COMMITTED_AFTER = Duration.ofMillis(200);

  private final TicketBatcher.Setup setup;
  private final List<TicketBatcher> batchers = new ArrayList<>();
  private long readingTime;
  private long lastSeen;
  private boolean wasAwayBefore;
  private long firstJoined;
  private long lastJoined;
  private long uncommittedUntil;

  private long pollEnded;

  /**
   * Of the tickets that the last poll brought: the last offset of each partition, until it came.
   */
  private final Map<Integer, Long> toCome = new HashMap<>();

  /** Whether those are all that the topic had. */
  private boolean allAreHere;

  ThreadBatch(TicketBatcher.Setup setup) {
    this.setup = setup;
    this.uncommittedUntil = setup.nanoTime().getAsLong();
    this.pollEnded = uncommittedUntil;
    OF_THIS_THREAD.set(this);
  }

  /**
   * How long a poll of this thread may take. Punctuators and commits run between polls only: while
   * tickets wait the linger would be a lie with more than that. With nothing to do, it woke 200
   * times a second for it, which took 7 % of two cores from an idle scorer.
   */
  static Duration pollTime(Duration most) {
    ThreadBatch batch = OF_THIS_THREAD.get();
    if (batch == null) {
      return most;
    }
    Duration linger = batch.limits().linger();
    return batch.hasSomethingToDo() && linger.compareTo(most) < 0 ? linger : most;
  }

  /**
   * Whether the calling thread has not polled for longer than a linger: it scored or committed. A
   * consumer asks for more when it hands records out, and the broker answers with the first ticket
   * that comes. After a batch that answer is old: one or two tickets, and behind them all that came
   * while the batch was scored. So what is there already does not say what is at hand; what a poll
   * has to wait for does, and the poll after this.
   */
  static boolean wasAway() {
    ThreadBatch batch = OF_THIS_THREAD.get();
    return batch != null
        && batch.setup.nanoTime().getAsLong() - batch.pollEnded > batch.limits().linger().toNanos();
  }

  /**
   * A poll of the calling thread has ended.
   *
   * @param isAll whether the topic had no more when the broker answered, and that is not long ago
   */
  static void polled(ConsumerRecords<?, ?> records, boolean isAll) {
    ThreadBatch batch = OF_THIS_THREAD.get();
    if (batch != null) {
      batch.takeNoteOf(records, isAll);
    }
  }

  private void takeNoteOf(ConsumerRecords<?, ?> records, boolean isAll) {
    pollEnded = setup.nanoTime().getAsLong();
    allAreHere = isAll;
    toCome.clear();
    for (TopicPartition partition : records.partitions()) {
      if (partition.topic().equals(setup.topic())) {
        List<? extends ConsumerRecord<?, ?>> those = records.records(partition);
        toCome.put(partition.partition(), those.get(those.size() - 1).offset());
      }
    }
  }

  private boolean hasSomethingToDo() {
    return !isEmpty() || !isHandedOut() || uncommittedUntil - setup.nanoTime().getAsLong() > 0;
  }

  /** The thread was given a partition, whose tickets may wait already. */
  void add(TicketBatcher batcher) {
    if (!batcher.waiting().isEmpty()) {
      lastJoined = readingTime();
      if (isEmpty()) {
        firstJoined = lastJoined;
      }
    }
    batchers.add(batcher);
  }

  /** The partition is no longer the thread's, and its tickets not this batch's. */
  void remove(TicketBatcher batcher) {
    batchers.remove(batcher);
  }

  /** Scores what waits, if a ticket of so many tokens would be too much. */
  void makeRoomFor(int tokens) {
    if (!limits().haveRoomFor(tokens, tickets(), tokens())) {
      score(Trigger.FULL);
    }
  }

  /**
   * A ticket waits in one of the partitions.
   *
   * @param offset where it stands on the topic
   */
  void joined(int partition, long offset) {
    lastJoined = readingTime();
    if (tickets() == 1) {
      firstJoined = lastJoined;
    }
    toCome.computeIfPresent(partition, (same, last) -> offset < last ? last : null);
    if (limits().areReached(tickets(), tokens())) {
      score(Trigger.FULL);
    } else if (allAreHere && toCome.isEmpty()) {
      score(Trigger.ALL);
    }
  }

  /** Scores what waits, if no more is to be waited for. */
  void scoreIfDue() {
    long now = readingTime();
    if (!isEmpty() && limits().areDue(now - firstJoined, now - lastJoined)) {
      score(Trigger.AGE);
    }
  }

  /**
   * Time in which tickets could have joined; only differences mean something. The thread is here
   * with every ticket and every tick. Where it was away for longer than two of those, it scored or
   * committed, and its next tickets may be there already: counted, that would let every full batch
   * be followed by a small one. Away twice in a row, it is merely slow.
   */
  private long readingTime() {
    long now = setup.nanoTime().getAsLong();
    long linger = limits().linger().toNanos();
    boolean away = now - lastSeen > 2 * linger;
    if (!away) {
      readingTime += now - lastSeen;
    } else if (wasAwayBefore) {
      readingTime += linger;
    }
    wasAwayBefore = away;
    lastSeen = now;
    return readingTime;
  }

  /** Whether outcomes of the last batch are still to be sent on. */
  boolean isHandedOut() {
    return batchers.stream().noneMatch(TicketBatcher::hasVerdicts);
  }

  private boolean isEmpty() {
    return tickets() == 0;
  }

  private int tickets() {
    int tickets = 0;
    for (TicketBatcher batcher : batchers) {
      tickets += batcher.waiting().size();
    }
    return tickets;
  }

  private int tokens() {
    int tokens = 0;
    for (TicketBatcher batcher : batchers) {
      tokens += batcher.waitingTokens();
    }
    return tokens;
  }

  private BatchLimits limits() {
    return setup.pace().limits();
  }

  /**
   * What became of a partition's share of a batch.
   *
   * @param verdicts one for each of its tickets, in their order
   * @param batch the whole
   */
  record Share(
      List<Verdict> verdicts,
      ScoredBatch batch,
      Trigger trigger,
      Instant flushedAt,
      Instant decidedAt) {}

  private void score(Trigger trigger) {
    List<PendingTicket> tickets = new ArrayList<>();
    batchers.forEach(batcher -> tickets.addAll(batcher.waiting()));
    int tokens = tokens();
    Instant flushedAt = setup.clock().instant();
    long cpuBefore = THREADS.getCurrentThreadCpuTime();
    long before = setup.nanoTime().getAsLong();
    ScoredBatch batch = setup.engine().score(tickets.stream().map(PendingTicket::text).toList());
    Duration cpu =
        Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - cpuBefore).plus(batch.helpersCpu());
    Duration clock = Duration.ofNanos(setup.nanoTime().getAsLong() - before);
    if (batch.verdicts().size() != tickets.size()) {
      throw new IllegalStateException(
          "The engine gave "
              + batch.verdicts().size()
              + " verdicts on "
              + tickets.size()
              + " texts");
    }
    Instant decidedAt = setup.clock().instant();
    int from = 0;
    for (TicketBatcher batcher : batchers) {
      int to = from + batcher.waiting().size();
      if (to > from) {
        batcher.decided(
            new Share(batch.verdicts().subList(from, to), batch, trigger, flushedAt, decidedAt));
      }
      from = to;
    }
    // The poll is as old as the batch took, and what it brought beyond it has company by now.
    allAreHere = false;
    if (trigger == Trigger.FULL) {
      // After others a commit is asked for.
      uncommittedUntil = setup.nanoTime().getAsLong() + COMMITTED_AFTER.toNanos();
    }
    double fill = limits().fill(tickets.size(), tokens);
    setup.pace().scored(tickets.size(), tokens, cpu, clock);
    Instant firstRead =
        tickets.stream()
            .map(PendingTicket::readAt)
            .min(Comparator.naturalOrder())
            .orElse(flushedAt);
    Duration waited = Duration.between(firstRead, flushedAt);
    log.debug(
        "Scored {} tickets of {} ({}): {} tokens, {} with padding, waited {} ms,"
            + " tokenising {} ms, inference {} ms",
        tickets.size(),
        setup.topic(),
        trigger,
        batch.tokens(),
        batch.paddedTokens(),
        waited.toMillis(),
        batch.tokenising().toMillis(),
        batch.inference().toMillis());
    setup.observer().scored(batch, fill, trigger, waited);
  }
}
