package tickets.scorer.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The tickets of one partition that were read and have no outcome yet.
 *
 * <p>Kafka Streams commits a record as consumed once {@code process()} has returned, whatever it
 * did with it: tickets kept in a field would be lost by a crash, and by a clean stop too. So they
 * are held in a changelogged store, whose content is committed in the same transaction as the
 * record's offset. Its keys are the batch's slots, 0 to the largest batch less one: thanks to the
 * cache in front of it a slot is written once a commit at most, however often it was used, and the
 * compacted changelog stays as small as one batch.
 */
final class PendingTickets {

  static final String STORE = "pending-tickets";

  /**
   * An in-memory store is restored from the whole changelog, and a topic's newest segment is never
   * compacted: small segments keep a start short.
   */
  private static final Map<String, String> CHANGELOG =
      Map.of(
          TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(8 * 1024 * 1024),
          TopicConfig.SEGMENT_MS_CONFIG, Integer.toString(10 * 60 * 1000),
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1",
          TopicConfig.DELETE_RETENTION_MS_CONFIG, Integer.toString(10 * 60 * 1000));

  private final KeyValueStore<Integer, byte[]> slots;

  /** What the store holds, slot by slot. */
  private final List<PendingTicket> tickets = new ArrayList<>();

  /** Begins with what an earlier run left in the store. */
  PendingTickets(KeyValueStore<Integer, byte[]> slots) {
    this.slots = slots;
    try (KeyValueIterator<Integer, byte[]> left = slots.all()) {
      left.forEachRemaining(entry -> tickets.add(StoredForm.read(entry.value)));
    }
  }

  static StoreBuilder<KeyValueStore<Integer, byte[]>> storeBuilder() {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(STORE),
            Serdes.Integer(),
            // Not a serde of tickets: with each delete Kafka Streams reads the value that goes.
            Serdes.ByteArray())
        .withCachingEnabled()
        .withLoggingEnabled(CHANGELOG);
  }

  void add(PendingTicket ticket) {
    slots.put(tickets.size(), StoredForm.write(ticket));
    tickets.add(ticket);
  }

  /** In the order in which they were read. */
  List<PendingTicket> all() {
    return Collections.unmodifiableList(tickets);
  }

  int size() {
    return tickets.size();
  }

  boolean isEmpty() {
    return tickets.isEmpty();
  }

  void clear() {
    for (int slot = 0; slot < tickets.size(); slot++) {
      slots.delete(slot);
    }
    tickets.clear();
  }
}
