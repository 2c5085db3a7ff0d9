package tickets.benchmarks.run;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tickets.contract.EventJson;
import tickets.contract.Topics;

/** Puts tickets on {@code tickets} as a ticket system does, far quicker than they are scored. */
final class Backlog implements AutoCloseable {
  private final KafkaProducer<String, byte[]> producer;
  private final List<String> texts;
  private long published;

  Backlog(String kafka, List<String> texts) {
    this.texts = texts;
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka, "linger.ms", 20, "batch.size", 256 * 1024),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  /** Returns when the broker has them. */
  void publish(long tickets) {
    for (long i = 0; i < tickets; i++) {
      String text = texts.get((int) (published % texts.size()));
      published++;
      producer.send(
          new ProducerRecord<>(
              Topics.TICKETS, "b-" + published, EventJson.write(Map.of("text", text))));
    }
    producer.flush();
  }

  @Override
  public void close() {
    producer.close();
  }
}
