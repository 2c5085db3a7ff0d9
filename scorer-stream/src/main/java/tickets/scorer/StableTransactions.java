package tickets.scorer;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Kafka Streams' clients, with producers whose transactional ids survive a restart.
 *
 * <p>By itself Kafka Streams names its transactions after a process id, which is new at every start
 * of a topology whose stores are in memory. So nobody ever fences the transaction that a killed
 * scorer left open, and its partitions stay blocked until the broker gives it up, after
 * transaction.timeout.ms: 60 s, measured. Under the same id the restarted scorer's first act,
 * {@code initTransactions()}, aborts it.
 *
 * <p>This takes nothing away from exactly_once_v2, which fences a scorer that lost its partitions
 * by its generation in the consumer group, whatever the transactional id. The id has only to be
 * unique among living producers: {@link InstanceId} sees to it among processes, and within one
 * Kafka Streams numbers its threads and gives a number away again only once its thread is dead.
 */
final class StableTransactions implements KafkaClientSupplier {

  private final String prefix;

  StableTransactions(String applicationId, UUID instanceId) {
    prefix = applicationId + "-" + instanceId;
  }

  /** Kafka Streams' id ends in the thread's number; that much is kept. */
  String transactionalId(String ofKafkaStreams) {
    String thread = ofKafkaStreams.substring(ofKafkaStreams.lastIndexOf('-'));
    if (!thread.matches("-\\d+")) {
      throw new IllegalStateException(
          "Kafka Streams no longer ends its transactional ids in the thread's number: "
              + ofKafkaStreams);
    }
    return prefix + thread;
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    Map<String, Object> own = new HashMap<>(config);
    own.computeIfPresent(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG, (key, id) -> transactionalId(id.toString()));
    return new KafkaProducer<>(own, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    return new PatientConsumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
