package tickets.scorer.erase;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import tickets.contract.Erasure;
import tickets.contract.Outcome;

/**
 * The tickets of one partition that are erased, and since when: an id and a time each, no text.
 *
 * <p>Held in a changelogged store, so that a restart does not read all erasures again, and bounded
 * by how long erasures are kept: some 200 bytes each.
 */
public final class ErasedTickets {

  public static final String STORE = "erased-tickets";

  private static final Map<String, String> CHANGELOG =
      Map.of(TopicConfig.SEGMENT_MS_CONFIG, Long.toString(Duration.ofDays(1).toMillis()));

  private final KeyValueStore<String, Long> erasedAt;

  public ErasedTickets(KeyValueStore<String, Long> erasedAt) {
    this.erasedAt = erasedAt;
  }

  public static StoreBuilder<KeyValueStore<String, Long>> storeBuilder() {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.Long())
        .withCachingDisabled()
        .withLoggingEnabled(CHANGELOG);
  }

  /** What may be kept of an outcome: all of it, unless its ticket is erased. */
  public Outcome spare(Outcome outcome) {
    Instant since = erasedAt(outcome.taskId());
    return since == null || outcome.receivedAt().isAfter(since) ? outcome : outcome.erased(since);
  }

  private @Nullable Instant erasedAt(String taskId) {
    Long since = erasedAt.get(taskId);
    return since == null ? null : Instant.ofEpochMilli(since);
  }

  /** Notes an {@link Erasure}; an earlier one of the same ticket is included in a later. */
  void erase(String taskId, Instant at) {
    Long since = erasedAt.get(taskId);
    if (since == null || since < at.toEpochMilli()) {
      erasedAt.put(taskId, at.toEpochMilli());
    }
  }

  /** Leaves out what was erased before {@code time}; returns how many that were. */
  int forgetBefore(Instant time) {
    List<String> old = new ArrayList<>();
    try (KeyValueIterator<String, Long> all = erasedAt.all()) {
      while (all.hasNext()) {
        KeyValue<String, Long> one = all.next();
        if (one.value < time.toEpochMilli()) {
          old.add(one.key);
        }
      }
    }
    old.forEach(erasedAt::delete);
    return old.size();
  }
}
