package tickets.benchmarks.run;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tickets.benchmarks.Outcomes;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/**
 * Tickets that come by {@code tickets} one at a time, as a ticket system's events do. Each is timed
 * from when it was to be sent until a reader of committed outcomes has its priority.
 */
final class Events implements AutoCloseable {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final KafkaProducer<String, byte[]> producer;
  private final List<String> texts;
  private final Map<String, Long> intended = new ConcurrentHashMap<>();
  private volatile Callers.Recorded recorded = new Callers.Recorded();
  private int number;

  Events(String kafka, Outcomes outcomes, List<String> texts) {
    this.texts = texts;
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka, "linger.ms", 0),
            new StringSerializer(),
            new ByteArraySerializer());
    outcomes.onEach(this::decided);
  }

  private void decided(ConsumerRecord<byte[], byte[]> outcome) {
    if (outcome.key() == null) {
      return;
    }
    Long due = intended.remove(new String(outcome.key(), StandardCharsets.UTF_8));
    if (due != null) {
      recorded.add(200, (System.nanoTime() - due) / 1e6);
    }
  }

  /** Comes when it comes, whatever became of those before. */
  Callers.Latency openLoop(Workload.Gaps gaps, int seconds) throws InterruptedException {
    recorded = new Callers.Recorded();
    double took =
        gaps.arrive(
            seconds,
            due -> {
              String id = "e-" + number;
              String text = texts.get(number % texts.size());
              number++;
              intended.put(id, due);
              producer.send(
                  new ProducerRecord<>(Topics.TICKETS, id, EventJson.write(Map.of("text", text))));
            });
    producer.flush();
    long patient = System.nanoTime() + PATIENCE_NANOS;
    while (!intended.isEmpty() && System.nanoTime() < patient) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    intended.keySet().forEach(id -> recorded.add(0, 0));
    intended.clear();
    return recorded.latency(took);
  }

  @Override
  public void close() {
    producer.close();
  }
}
