package tickets.benchmarks.run;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import tickets.benchmarks.Figures;
import tickets.benchmarks.HttpCalls;
import tickets.contract.EventJson;

/**
 * Who calls the pipeline, or another service of its contract, over HTTP and waits for the answer.
 */
public final class Callers implements AutoCloseable {

  private static final String SYNC = "/v1/bert_prediction";

  /** SYNC_TIMEOUT: what a call counts as that was refused or not answered. */
  private static final double UNSERVED_MS = 10_000;

  /** SYNC_TIMEOUT and some. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpCalls calls;
  private final List<String> texts;
  private final AtomicInteger next = new AtomicInteger();

  /** A result may be had from a cache for a ticket without an id; these are all to be scored. */
  private final ScheduledExecutorService pauses =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pauses");
            thread.setDaemon(true);
            return thread;
          });

  Callers(URI http, List<String> texts) {
    this(http, texts, PATIENCE);
  }

  /**
   * @param patience how long an answer may take
   */
  public Callers(URI http, List<String> texts, Duration patience) {
    calls = new HttpCalls(http.getHost(), http.getPort(), patience);
    this.texts = texts;
  }

  /**
   * What calls took, in milliseconds; one that was refused or not answered counts as 10,000.
   *
   * @param statuses how many calls got which HTTP status; 0 is no answer. Of tickets that came by
   *     Kafka 200 is an outcome, and 0 none in time
   * @param perSecond calls that were made
   */
  public record Latency(
      long count,
      double mean,
      double p50,
      double p90,
      double p99,
      double longest,
      double perSecond,
      Map<Integer, Long> statuses) {

    /** Calls a second that were answered with 200. */
    public double answeredPerSecond() {
      return count == 0 ? 0 : perSecond * statuses.getOrDefault(200, 0L) / count;
    }
  }

  /** Gathers them. */
  public static final class Recorded {
    /** Microseconds up to a minute, to three digits. */
    private final Histogram micros = new Histogram(60_000_000, 3);

    private final Map<Integer, Long> statuses = new TreeMap<>();

    public synchronized void add(int status, double millis) {
      statuses.merge(status, 1L, Long::sum);
      double counts = status == 200 ? millis : Math.max(UNSERVED_MS, millis);
      micros.recordValue(Math.min(60_000_000, Math.round(counts * 1_000)));
    }

    public synchronized Latency latency(double seconds) {
      return new Latency(
          micros.getTotalCount(),
          millis(micros.getMean()),
          millis(micros.getValueAtPercentile(50)),
          millis(micros.getValueAtPercentile(90)),
          millis(micros.getValueAtPercentile(99)),
          millis(micros.getMaxValue()),
          Figures.round(micros.getTotalCount() / seconds),
          new LinkedHashMap<>(statuses));
    }

    private static double millis(double micros) {
      return Figures.round(micros / 1_000);
    }
  }

  /** Without a name of the caller's; each text is another, or it would be answered from Redis. */
  private byte[] body() {
    int number = next.getAndIncrement();
    return EventJson.write(Map.of("text", texts.get(number % texts.size()) + " " + number));
  }

  /** The texts from their first one on again. */
  void fromTheFirstText() {
    int number = next.get();
    next.set(number + Math.floorMod(-number, texts.size()));
  }

  /** One after another, with a pause: nothing else is in the pipeline. */
  public Latency oneByOne(int count) throws InterruptedException {
    Recorded recorded = new Recorded();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      CountDownLatch answered = new CountDownLatch(1);
      long sent = System.nanoTime();
      calls.post(
          SYNC,
          body(),
          answer -> {
            recorded.add(answer.status(), (System.nanoTime() - sent) / 1e6);
            answered.countDown();
          });
      answered.await();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return recorded.latency((System.nanoTime() - start) / 1e9);
  }

  /**
   * Comes when it comes, whatever became of those before; each is timed from when it was to be
   * sent, so that a pipeline that stalls is charged with all who were to come meanwhile.
   */
  public Latency openLoop(Workload.Gaps gaps, int seconds) throws InterruptedException {
    Recorded recorded = new Recorded();
    AtomicInteger open = new AtomicInteger();
    double took =
        gaps.arrive(
            seconds,
            due -> {
              open.incrementAndGet();
              calls.post(
                  SYNC,
                  body(),
                  answer -> {
                    recorded.add(answer.status(), (System.nanoTime() - due) / 1e6);
                    open.decrementAndGet();
                  });
            });
    while (open.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return recorded.latency(took);
  }

  /** Each sends the next call as soon as the last one is answered, until it is closed. */
  public final class ClosedLoop implements AutoCloseable {
    private final AtomicInteger running;
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile Recorded recorded = new Recorded();
    private volatile boolean on = true;

    public ClosedLoop(int callers) {
      running = new AtomicInteger(callers);
      for (int i = 0; i < callers; i++) {
        again();
      }
    }

    public long answered() {
      return answered.get();
    }

    long refused() {
      return refused.get();
    }

    /** Of calls that end from now on, for a while. */
    public Latency during(int seconds) throws InterruptedException {
      Recorded these = new Recorded();
      long start = System.nanoTime();
      recorded = these;
      TimeUnit.SECONDS.sleep(seconds);
      recorded = new Recorded();
      return these.latency((System.nanoTime() - start) / 1e9);
    }

    private void again() {
      if (!on) {
        running.decrementAndGet();
        return;
      }
      long sent = System.nanoTime();
      calls.post(
          SYNC,
          body(),
          answer -> {
            recorded.add(answer.status(), (System.nanoTime() - sent) / 1e6);
            if (answer.status() == 200) {
              answered.incrementAndGet();
              again();
            } else {
              refused.incrementAndGet();
              // A caller who insists at once would only measure itself.
              pauses.schedule(this::again, 1, TimeUnit.SECONDS);
            }
          });
    }

    /** Returns when the last call is answered. */
    @Override
    public void close() {
      on = false;
      while (running.get() > 0) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  @Override
  public void close() {
    pauses.shutdownNow();
    calls.close();
  }
}
