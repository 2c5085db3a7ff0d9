package tickets.sink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;

/** Writes to the topics as the scorer does, in transactions, or as a stranger might. */
final class Publisher implements AutoCloseable {

  private final KafkaProducer<byte[], byte[]> kafka;

  Publisher(String bootstrapServers) {
    kafka =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                Events.freshPrefix()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    kafka.initTransactions();
  }

  void publish(Outcome... outcomes) {
    kafka.beginTransaction();
    for (Outcome outcome : outcomes) {
      kafka.send(record(outcome));
    }
    kafka.commitTransaction();
  }

  void publishAndAbort(Outcome outcome) {
    kafka.beginTransaction();
    kafka.send(record(outcome));
    kafka.flush();
    kafka.abortTransaction();
  }

  void publishWaitedFor(Outcome outcome, String replyChannel) {
    ProducerRecord<byte[], byte[]> record = record(outcome);
    record
        .headers()
        .add(TicketHeaders.REPLY_CHANNEL, replyChannel.getBytes(StandardCharsets.UTF_8));
    send(record);
  }

  RecordMetadata publish(String topic, @Nullable String key, @Nullable String value) {
    return send(new ProducerRecord<>(topic, bytes(key), bytes(value)));
  }

  RecordMetadata publish(String topic, int partition, String key, String value) {
    return send(new ProducerRecord<>(topic, partition, bytes(key), bytes(value)));
  }

  RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
    kafka.beginTransaction();
    var sent = kafka.send(record);
    kafka.commitTransaction();
    try {
      return sent.get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static ProducerRecord<byte[], byte[]> record(Outcome outcome) {
    return new ProducerRecord<>(
        outcome instanceof ScoredTicket ? Topics.PRIORITIES : Topics.REJECTIONS,
        bytes(outcome.taskId()),
        EventJson.write(outcome));
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    kafka.close(Duration.ofSeconds(5));
  }
}
