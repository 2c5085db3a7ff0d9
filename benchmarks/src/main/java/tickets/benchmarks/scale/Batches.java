package tickets.benchmarks.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.Topics;

/**
 * The batches that were scored, put together again from the committed outcomes: those of one batch
 * were decided at one moment, after as long an inference.
 */
final class Batches {

  private final Map<Key, int[]> tickets = new LinkedHashMap<>();
  private @Nullable String modelDigest;

  private record Key(Instant scoredAt, double tokenisingMs, double inferenceMs) {}

  /**
   * One batch.
   *
   * @param byPartition how many of its tickets came from each partition of {@code tickets}
   */
  record Batch(Instant scoredAt, List<Integer> byPartition) {
    int tickets() {
      return byPartition.stream().mapToInt(each -> each).sum();
    }

    boolean isOf(List<Integer> partitions) {
      return partitions.stream().anyMatch(partition -> byPartition.get(partition) > 0);
    }
  }

  /** Takes an outcome as it stands on {@code ticket-priorities}. */
  void take(ConsumerRecord<byte[], byte[]> outcome) {
    if (outcome.value() == null) {
      return;
    }
    try {
      take(EventJson.readScored(outcome.value()));
    } catch (IOException e) {
      throw new UncheckedIOException("An outcome can't be read", e);
    }
  }

  synchronized void take(ScoredTicket scored) {
    Key key =
        new Key(scored.scoredAt(), scored.stages().tokenisingMs(), scored.stages().inferenceMs());
    tickets.computeIfAbsent(key, any -> new int[Topics.PARTITIONS])[scored.sourcePartition()]++;
    modelDigest = scored.model().digest();
  }

  /** Those scored within that time, in order. */
  synchronized List<Batch> between(Instant from, Instant to) {
    return tickets.entrySet().stream()
        .filter(
            each ->
                !each.getKey().scoredAt().isBefore(from) && each.getKey().scoredAt().isBefore(to))
        .map(
            each ->
                new Batch(
                    each.getKey().scoredAt(), Arrays.stream(each.getValue()).boxed().toList()))
        .sorted((a, b) -> a.scoredAt().compareTo(b.scoredAt()))
        .toList();
  }

  /** Of the model that scored; empty as long as nothing was scored. */
  synchronized String modelDigest() {
    return modelDigest == null ? "" : modelDigest;
  }
}
