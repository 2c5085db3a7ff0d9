package tickets.scorer.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * The tickets of one partition that were read and have no outcome yet.
 *
 * <p>Kafka Streams commits a record as consumed once {@code process()} has returned, whatever it
 * did with it: tickets kept in a field would be lost by a crash, and by a clean stop too. So with
 * each commit the tickets that wait then are written to a changelogged store, in the same
 * transaction as their records' offsets. Its keys are the batch's slots, 0 to the largest batch
 * less one, and the compacted changelog stays as small as one batch. Nearly all tickets have their
 * outcomes before the next commit, and are never written.
 *
 * <p>Kafka Streams tells a store of a commit that is about to be made only where the store is a
 * cache ({@link CachedStateStore}, one of its internals): its own cache would write a delete for
 * each slot that was used and left between two commits (docs/decisions/0001).
 */
final class PendingTickets implements StateStore, CachedStateStore<Integer, byte[]> {

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

  /** In the order in which they were read. */
  private final List<PendingTicket> tickets = new ArrayList<>();

  /** What the slots hold, from the first on. */
  private final List<PendingTicket> stored = new ArrayList<>();

  private PendingTickets(KeyValueStore<Integer, byte[]> slots) {
    this.slots = slots;
  }

  static StoreBuilder<PendingTickets> storeBuilder() {
    // Not a serde of tickets: with each delete Kafka Streams reads the value that goes.
    return new Builder(
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(STORE), Serdes.Integer(), Serdes.ByteArray())
            .withCachingDisabled()
            .withLoggingEnabled(CHANGELOG));
  }

  private record Builder(StoreBuilder<KeyValueStore<Integer, byte[]>> slots)
      implements StoreBuilder<PendingTickets> {

    @Override
    public PendingTickets build() {
      return new PendingTickets(slots.build());
    }

    @Override
    public String name() {
      return slots.name();
    }

    @Override
    public boolean loggingEnabled() {
      return slots.loggingEnabled();
    }

    @Override
    public Map<String, String> logConfig() {
      return slots.logConfig();
    }

    @Override
    public StoreBuilder<PendingTickets> withLoggingEnabled(Map<String, String> config) {
      throw onlyOneWay();
    }

    @Override
    public StoreBuilder<PendingTickets> withLoggingDisabled() {
      throw onlyOneWay();
    }

    @Override
    public StoreBuilder<PendingTickets> withCachingEnabled() {
      throw onlyOneWay();
    }

    @Override
    public StoreBuilder<PendingTickets> withCachingDisabled() {
      throw onlyOneWay();
    }

    private static UnsupportedOperationException onlyOneWay() {
      return new UnsupportedOperationException("There is one way to keep pending tickets");
    }
  }

  /** Begins with what an earlier run left in the store. Once it is restored. */
  void load() {
    tickets.clear();
    try (KeyValueIterator<Integer, byte[]> left = slots.all()) {
      left.forEachRemaining(entry -> tickets.add(StoredForm.read(entry.value)));
    }
    stored.clear();
    stored.addAll(tickets);
  }

  void add(PendingTicket ticket) {
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
    tickets.clear();
  }

  /** A commit is about to be made. */
  @Override
  public void flushCache() {
    for (int slot = 0; slot < tickets.size(); slot++) {
      PendingTicket ticket = tickets.get(slot);
      if (slot >= stored.size() || stored.get(slot) != ticket) {
        slots.put(slot, StoredForm.write(ticket));
      }
    }
    for (int slot = tickets.size(); slot < stored.size(); slot++) {
      slots.delete(slot);
    }
    stored.clear();
    stored.addAll(tickets);
  }

  /** What was not written is to be read again. */
  @Override
  public void clearCache() {
    tickets.clear();
    stored.clear();
  }

  /** Nobody is sent what changes in here. */
  @Override
  public boolean setFlushListener(CacheFlushListener<Integer, byte[]> listener, boolean sendOld) {
    return false;
  }

  @Override
  public String name() {
    return slots.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    slots.init(context, root);
  }

  @Override
  public void flush() {
    slots.flush();
  }

  @Override
  public void close() {
    slots.close();
  }

  @Override
  public boolean persistent() {
    return slots.persistent();
  }

  @Override
  public boolean isOpen() {
    return slots.isOpen();
  }

  @Override
  public Position getPosition() {
    return slots.getPosition();
  }
}
