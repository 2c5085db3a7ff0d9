package tickets.sink;

import io.lettuce.core.RedisException;
import io.r2dbc.spi.R2dbcException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.BatchInterceptor;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.ListenerUtils;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;
import reactor.core.Exceptions;

/**
 * The one error policy of this service: a batch that its store did not take is read again from
 * Kafka and tried again for ever, with growing pauses. Nothing is skipped, nothing is kept in
 * memory, and as each store has a consumer group of its own, the others go on.
 *
 * <pre>
 *   TAKING ──a batch fails──▶ AWAY ──a batch is taken──▶ CATCHING_UP ──little is left──▶ TAKING
 *                             ▲  │ every failed try: pause × 2, up to the longest
 *                             └──┘
 * </pre>
 *
 * <p>What a store refuses for good never gets here: that is one record's fault, and {@link
 * StoreScores} rejects it. One instance serves one listener container with one consumer thread.
 */
final class SinkFailures implements CommonErrorHandler, BatchInterceptor<Object, Object> {

  private static final Logger log = LoggerFactory.getLogger(SinkFailures.class);

  /** Records left that no longer count as a backlog: about a poll. */
  private static final long CAUGHT_UP = 500;

  private static final Duration FIRST_REMINDER = Duration.ofMinutes(1);
  private static final Duration LAST_REMINDER = Duration.ofHours(1);

  private final String group;
  private final String store;
  private final ExponentialBackOff backOff;
  private final SinkMeters meters;

  /** Of the batch that is with the store, or was last while more is left; else null. */
  private volatile @Nullable Instant oldestWaiting;

  private State state = State.TAKING;
  private BackOffExecution pauses;
  private int tries;
  private long awaySince;
  private long caughtUp;
  private Duration reminder = FIRST_REMINDER;
  private long reminderAt;

  private enum State {
    TAKING,
    AWAY,
    CATCHING_UP
  }

  /**
   * @param store its name for people
   */
  SinkFailures(String group, String store, SinkProperties.Retry retry, SinkMeters meters) {
    this.group = group;
    this.store = store;
    this.backOff = backOff(retry);
    this.pauses = backOff.start();
    this.meters = meters;
    meters.lagAge(this::age);
  }

  /** How far behind the store is. Read by other threads. */
  private Duration age() {
    Instant oldest = oldestWaiting;
    Duration age = oldest == null ? Duration.ZERO : Duration.between(oldest, Instant.now());
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** Pauses that double and never end. */
  static ExponentialBackOff backOff(SinkProperties.Retry retry) {
    ExponentialBackOff backOff = new ExponentialBackOff(retry.pause().toMillis(), 2);
    backOff.setMaxInterval(retry.pauseMax().toMillis());
    return backOff;
  }

  /** This handler re-seeks itself, and what failed must not be committed as handled. */
  @Override
  public boolean seeksAfterHandling() {
    return true;
  }

  @Override
  public boolean isAckAfterHandle() {
    return false;
  }

  @Override
  public void handleBatch(
      Exception failure,
      ConsumerRecords<?, ?> batch,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      Runnable invokeListener) {
    for (TopicPartition partition : batch.partitions()) {
      // After a failed commit it may belong to another instance by now, which reads it again.
      if (consumer.assignment().contains(partition)) {
        consumer.seek(partition, batch.records(partition).get(0).offset());
      }
    }
    pauseAfter(failure, container);
  }

  /** Failures outside a batch: of Kafka itself, while polling. */
  @Override
  public void handleOtherException(
      Exception failure,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      boolean batchListener) {
    pauseAfter(failure, container);
  }

  private void pauseAfter(Exception failure, MessageListenerContainer container) {
    meters.failedTry();
    tell(failure);
    try {
      ListenerUtils.stoppableSleep(container, pauses.nextBackOff());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Exception failure) {
    long now = System.nanoTime();
    Throwable cause = rootCause(failure);
    if (state != State.AWAY) {
      state = State.AWAY;
      pauses = backOff.start();
      tries = 0;
      awaySince = now;
      reminder = FIRST_REMINDER;
      reminderAt = now + reminder.toNanos();
      log.warn(
          "{}: {} does not take what is read ({}). It waits in Kafka and is tried again, at least"
              + " every {} s",
          group,
          culprit(cause),
          describe(cause),
          Math.max(1, Duration.ofMillis(backOff.getMaxInterval()).toSeconds()),
          unexpected(cause));
    } else if (now - reminderAt >= 0) {
      reminder = min(reminder.multipliedBy(2), LAST_REMINDER);
      reminderAt = now + reminder.toNanos();
      log.warn(
          "{}: {} still does not take what is read, after {} s and {} tries ({})",
          group,
          culprit(cause),
          secondsSince(awaySince),
          tries,
          describe(cause),
          unexpected(cause));
    }
    tries++;
    log.debug("{}: try {} failed", group, tries, failure);
  }

  @Override
  public ConsumerRecords<Object, Object> intercept(
      ConsumerRecords<Object, Object> records, Consumer<Object, Object> consumer) {
    oldestWaiting =
        records.partitions().stream()
            .map(partition -> records.records(partition).get(0).timestamp())
            .min(Comparator.naturalOrder())
            .map(Instant::ofEpochMilli)
            .orElse(null);
    return records;
  }

  @Override
  public void success(ConsumerRecords<Object, Object> records, Consumer<Object, Object> consumer) {
    boolean littleIsLeft = left(consumer) < CAUGHT_UP;
    if (littleIsLeft) {
      oldestWaiting = null;
    }
    if (state == State.TAKING) {
      return;
    }
    if (state == State.AWAY) {
      state = State.CATCHING_UP;
      caughtUp = 0;
      log.info(
          "{}: {} is back after {} s and {} tries", group, store, secondsSince(awaySince), tries);
    }
    caughtUp += records.count();
    if (littleIsLeft) {
      state = State.TAKING;
      log.info("{}: {} has caught up with {} records", group, store, caughtUp);
    }
  }

  private static long left(Consumer<?, ?> consumer) {
    return consumer.assignment().stream().mapToLong(p -> consumer.currentLag(p).orElse(0)).sum();
  }

  private String culprit(Throwable cause) {
    return cause instanceof KafkaException ? "Kafka" : store;
  }

  /**
   * The message of a store holds no ticket text: PostgreSQL's has it in the detail, left out here.
   */
  private static String describe(Throwable cause) {
    return cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  /** With its stack trace if it can't be explained by a store that is down. */
  private static Object unexpected(Throwable cause) {
    boolean explained =
        cause instanceof IOException
            || cause instanceof TimeoutException
            || cause instanceof R2dbcException
            || cause instanceof RedisException
            || cause instanceof KafkaException;
    return explained ? "" : cause;
  }

  /** Of several failures at once, as when a model and its outcomes are announced, the first's. */
  static Throwable rootCause(Throwable failure) {
    Throwable root = failure;
    // A bound, for causes may run in a circle.
    for (int depth = 0; depth < 20; depth++) {
      Throwable next =
          Exceptions.isMultiple(root)
              ? Exceptions.unwrapMultiple(root).stream().findFirst().orElse(null)
              : root.getCause();
      if (next == null) {
        return root;
      }
      root = next;
    }
    return root;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static long secondsSince(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime).toSeconds();
  }
}
