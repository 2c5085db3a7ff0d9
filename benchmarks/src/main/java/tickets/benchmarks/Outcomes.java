package tickets.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import tickets.contract.EventJson;
import tickets.contract.StageTimes;
import tickets.contract.Topics;

/**
 * Counts the outcomes on {@code ticket-priorities} that are committed, as whoever reads that topic
 * sees them, from the moment of its making. Every so many-th is kept, for the stage times in it.
 */
public final class Outcomes implements AutoCloseable {

  private static final int KEPT = 8;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread reader = new Thread(this::read, "outcomes");
  private final List<byte[]> kept = new ArrayList<>();
  private volatile Consumer<ConsumerRecord<byte[], byte[]>> listener = outcome -> {};
  private volatile long count;
  private volatile boolean closed;

  public Outcomes(String kafka) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                kafka,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        IntStream.range(0, Topics.PARTITIONS)
            .mapToObj(partition -> new TopicPartition(Topics.PRIORITIES, partition))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Where that is has to be known before the first ticket is sent.
    partitions.forEach(consumer::position);
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try {
      while (!closed) {
        for (ConsumerRecord<byte[], byte[]> outcome : consumer.poll(Duration.ofMillis(500))) {
          long number = count + 1;
          if (number % KEPT == 0) {
            synchronized (kept) {
              kept.add(outcome.value());
            }
          }
          count = number;
          listener.accept(outcome);
        }
      }
    } catch (WakeupException e) {
      // Closed.
    } finally {
      consumer.close();
    }
  }

  /** Is given each outcome that is read, tombstones included; on the reader's thread. */
  public void onEach(Consumer<ConsumerRecord<byte[], byte[]>> listener) {
    this.listener = listener;
  }

  public long count() {
    return count;
  }

  /**
   * The stage times in the outcomes kept since the last call, in milliseconds. Tokenising and
   * inference are those of the batch that a ticket was in.
   */
  public Map<String, Map<String, Double>> stages() throws IOException {
    List<byte[]> since;
    synchronized (kept) {
      since = List.copyOf(kept);
      kept.clear();
    }
    List<StageTimes> times = new ArrayList<>();
    for (byte[] outcome : since) {
      times.add(EventJson.readScored(outcome).stages());
    }
    Map<String, Map<String, Double>> stages = new LinkedHashMap<>();
    stages.put("queue_ms", figures(times, StageTimes::queueMs));
    stages.put("batch_ms", figures(times, StageTimes::batchMs));
    stages.put("tokenising_ms", figures(times, StageTimes::tokenisingMs));
    stages.put("inference_ms", figures(times, StageTimes::inferenceMs));
    return stages;
  }

  private static Map<String, Double> figures(
      List<StageTimes> times, ToDoubleFunction<StageTimes> stage) {
    Figures figures = new Figures();
    times.forEach(each -> figures.add(stage.applyAsDouble(each)));
    return Map.of(
        "p50", Figures.round(figures.percentile(50)), "p99", Figures.round(figures.percentile(99)));
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    try {
      reader.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
