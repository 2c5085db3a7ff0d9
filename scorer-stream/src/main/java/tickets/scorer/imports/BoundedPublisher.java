package tickets.scorer.imports;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Ticket;
import tickets.contract.Topics;
import tickets.scorer.labelled.UnusableData;

/**
 * Publishes tickets no faster than they are scored: only so many may stand before the scorers, so
 * that the tickets of live senders never queue behind more than these.
 */
final class BoundedPublisher implements AutoCloseable {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
  private static final Duration DELIVERY_LIMIT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final KafkaProducer<String, byte[]> producer;
  private final Admin admin;
  private final int ahead;
  private final Duration patience;

  /** Offset after the last ticket that was published, by partition. */
  private final Map<TopicPartition, Long> published = new HashMap<>();

  /**
   * @param settings of a client of Kafka
   * @param ahead how many tickets may wait for the scorers
   * @param patience how long nothing may be scored before it is given up
   */
  BoundedPublisher(Map<String, Object> settings, int ahead, Duration patience) {
    this.ahead = ahead;
    this.patience = patience;
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ProducerConfig.CLIENT_ID_CONFIG, "models-import");
    all.put(ProducerConfig.ACKS_CONFIG, "all");
    all.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(DELIVERY_LIMIT.toMillis()));
    producer = new KafkaProducer<>(all, new StringSerializer(), new ByteArraySerializer());
    admin = Admin.create(new HashMap<>(settings));
  }

  /**
   * Returns when the broker has all of these, and no more than the bound wait for the scorers.
   *
   * @throws UnusableData if the broker does not take them, or nothing is scored any more; some may
   *     have been published
   */
  void publish(List<Ticket> tickets) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (Ticket ticket : tickets) {
      sent.add(
          producer.send(
              new ProducerRecord<>(Topics.TICKETS, ticket.taskId(), EventJson.write(ticket))));
    }
    producer.flush();
    for (Future<RecordMetadata> one : sent) {
      RecordMetadata place = answer(one, "take a ticket");
      published.merge(
          new TopicPartition(place.topic(), place.partition()), place.offset() + 1, Math::max);
    }
    awaitScorers();
  }

  private void awaitScorers() {
    long before = waiting();
    long since = System.nanoTime();
    while (before > ahead) {
      pause();
      long now = waiting();
      if (now != before) {
        before = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > patience.toNanos()) {
        throw new UnusableData(
            "Nothing was scored for "
                + patience.toMinutes()
                + " minutes, and "
                + now
                + " tickets wait: is there a scorer? The same command goes on from here.");
      }
    }
  }

  /** Tickets on the topic, up to the last of ours, that are not scored yet. */
  private long waiting() {
    Map<TopicPartition, OffsetAndMetadata> committed =
        answer(
            admin.listConsumerGroupOffsets(ConsumerGroups.SCORER).partitionsToOffsetAndMetadata(),
            "say how far the scorers are");
    long waiting = 0;
    for (Map.Entry<TopicPartition, Long> partition : published.entrySet()) {
      OffsetAndMetadata done = committed.get(partition.getKey());
      waiting += Math.max(0, partition.getValue() - (done == null ? 0 : done.offset()));
    }
    return waiting;
  }

  private static <T> T answer(Future<T> asked, String what) {
    try {
      return asked.get(DELIVERY_LIMIT.plus(ANSWER_LIMIT).toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new UnusableData("Kafka does not " + what + ": " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new UnusableData("Kafka does not " + what + " in time.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnusableData("Interrupted. The same command goes on from here.", e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnusableData("Interrupted. The same command goes on from here.", e);
    }
  }

  @Override
  public void close() {
    producer.close(ANSWER_LIMIT);
    admin.close(ANSWER_LIMIT);
  }
}
