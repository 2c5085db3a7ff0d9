package tickets.ingest.answer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;
import tickets.ingest.Refusal;

/**
 * [11] of a ticket's path: callers who wait for their ticket's outcome.
 *
 * <p>A caller is registered before its ticket is published. The outcome comes by the one Redis
 * subscription of this instance; because a message can be lost, it is also looked for a second
 * after the broker's acknowledgement, at every re-subscription, and again and again with growing
 * pauses. A lost message so costs a second, not an answer.
 */
@Component
public final class WaitingCallers implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(WaitingCallers.class);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /**
   * Looks into Redis alone, before one into both stores. Under load callers wait for seconds, and
   * what is announced has just been written to Redis.
   */
  private static final int GLANCES = 3;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** Looks at once after a re-subscription: enough to be quick, few enough for the stores. */
  private static final int LOOKS_AT_ONCE = 32;

  /** Outcomes kept for a caller whose ticket is not acknowledged yet; one is usual. */
  private static final int EARLY_OUTCOMES = 8;

  /** What callers get who wait when the service stops, which has 10 s in all. */
  private static final Duration AT_STOP = Duration.ofSeconds(4);

  private final ScoreLookup lookup;
  private final RedisLink redis;
  private final int maxWaiting;
  private final Semaphore permits;
  private final ConcurrentMap<String, CopyOnWriteArrayList<Waiter>> waiters =
      new ConcurrentHashMap<>();
  private final String replyChannel = "replies:" + UUID.randomUUID();
  private final Sinks.Empty<Void> stopping = Sinks.empty();
  private final List<OutcomeListener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean running;

  WaitingCallers(
      ScoreLookup lookup, RedisLink redis, IngestProperties properties, IngestMeters meters) {
    this.lookup = lookup;
    this.redis = redis;
    this.maxWaiting = properties.maxWaiting();
    this.permits = new Semaphore(maxWaiting);
    meters.waiting(() -> maxWaiting - permits.availablePermits());
  }

  /** Hears which ticket of this instance was decided; must not block. */
  @FunctionalInterface
  public interface OutcomeListener {
    void decided(String topic, int partition, long offset);
  }

  /** Tells of every outcome that Redis announces to this instance, waited for or not. */
  public void onOutcome(OutcomeListener listener) {
    listeners.add(listener);
  }

  /** The Redis channel on which this instance hears of outcomes. */
  public String replyChannel() {
    return replyChannel;
  }

  /**
   * Registers a caller, before its ticket is published. Close it in any case.
   *
   * @throws Refusal if as many wait as may
   */
  public Waiter register(String taskId) {
    if (!permits.tryAcquire()) {
      throw Refusal.of(
          Refusal.Reason.NO_PERMIT,
          maxWaiting
              + " callers wait already. Try again, or use POST /v1/bert_prediction_async, which"
              + " does not wait.",
          taskId);
    }
    Waiter waiter = new Waiter(taskId);
    waiters.compute(
        taskId,
        (id, others) -> {
          CopyOnWriteArrayList<Waiter> all = others == null ? new CopyOnWriteArrayList<>() : others;
          all.add(waiter);
          return all;
        });
    return waiter;
  }

  /** One caller's place. */
  public final class Waiter implements AutoCloseable {
    private final String taskId;
    private final Sinks.One<TicketState> outcome = Sinks.one();
    private final Deque<TicketState> early = new ArrayDeque<>();
    private @Nullable Acceptance acceptance;
    private boolean closed;

    private Waiter(String taskId) {
      this.taskId = taskId;
    }

    /**
     * The outcome of that publication of the ticket or of a later one.
     *
     * @param repeat whether the ticket was accepted earlier, so that its outcome may be old enough
     *     to have left Redis
     * @return fails with {@link Refusal.Reason#TIMED_OUT} after {@code limit}
     */
    public Mono<TicketState> outcome(Acceptance accepted, boolean repeat, Duration limit) {
      acknowledge(accepted);
      AtomicInteger looks = new AtomicInteger(repeat ? GLANCES : 0);
      Mono<TicketState> look =
          Mono.defer(
              () ->
                  looks.getAndIncrement() < GLANCES ? lookup.glance(taskId) : lookup.look(taskId));
      // What is announced of a ticket from before its acknowledgement on is kept; only of one that
      // was accepted earlier it may have been announced before this caller came.
      Mono<TicketState> found =
          (repeat ? look.filter(state -> state.decides(accepted)) : Mono.<TicketState>empty())
              .switchIfEmpty(
                  Mono.delay(FIRST_PAUSE)
                      .then(look)
                      .filter(state -> state.decides(accepted))
                      .repeatWhenEmpty(
                          times -> times.concatMap(n -> Mono.delay(extraPause(n + 1)))));
      Mono<Long> timeIsUp =
          Mono.firstWithSignal(Mono.delay(limit), stopping.asMono().then(Mono.delay(AT_STOP)));
      return Mono.firstWithValue(outcome.asMono(), found)
          .timeout(timeIsUp, Mono.error(this::timedOut));
    }

    private Refusal timedOut() {
      return Refusal.of(
          Refusal.Reason.TIMED_OUT,
          "The ticket is accepted and will be scored and stored, but not within the time a call may"
              + " wait. Fetch it from /result/"
              + taskId
              + ".",
          taskId);
    }

    private synchronized void acknowledge(Acceptance accepted) {
      acceptance = accepted;
      early.forEach(this::offer);
      early.clear();
    }

    /** Takes what was announced or found, if it is the outcome waited for. */
    private synchronized void offer(TicketState found) {
      if (acceptance == null) {
        if (early.size() == EARLY_OUTCOMES) {
          early.removeFirst();
        }
        early.addLast(found);
      } else if (found.decides(acceptance)) {
        outcome.tryEmitValue(found);
      }
    }

    private synchronized boolean isAcknowledged() {
      return acceptance != null;
    }

    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      waiters.computeIfPresent(
          taskId,
          (id, all) -> {
            all.remove(this);
            return all.isEmpty() ? null : all;
          });
      permits.release();
    }
  }

  /** Pauses of a second, then half as long again each time, up to two seconds. */
  private static Duration extraPause(long looks) {
    double factor = Math.pow(1.5, Math.min(looks, 16)) - 1;
    long millis = Math.round(FIRST_PAUSE.toMillis() * factor);
    return Duration.ofMillis(Math.min(millis, LONGEST_PAUSE.toMillis() - FIRST_PAUSE.toMillis()));
  }

  private void announced(String json) {
    TicketState outcome = ScoreLookup.readOutcome(json);
    if (outcome != null) {
      String topic = outcome.topic();
      Integer partition = outcome.partition();
      Long offset = outcome.offset();
      if (topic != null && partition != null && offset != null) {
        listeners.forEach(listener -> listener.decided(topic, partition, offset));
      }
      waiters
          .getOrDefault(outcome.taskId(), new CopyOnWriteArrayList<>())
          .forEach(waiter -> waiter.offer(outcome));
    }
  }

  /** Messages may have been missed while there was no subscription. */
  private void subscribed() {
    log.info("Waiting for outcomes on {}", replyChannel);
    List<Waiter> acknowledged =
        waiters.values().stream().flatMap(List::stream).filter(Waiter::isAcknowledged).toList();
    Flux.fromIterable(acknowledged)
        .flatMap(waiter -> lookup.glance(waiter.taskId).doOnNext(waiter::offer), LOOKS_AT_ONCE)
        .onErrorComplete()
        .subscribe();
  }

  @Override
  public void start() {
    redis.subscribe(replyChannel, this::announced, this::subscribed);
    running = true;
  }

  /** Before the HTTP server stops: it waits for its callers, and they for this. */
  @Override
  public void stop() {
    running = false;
    stopping.tryEmitEmpty();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
