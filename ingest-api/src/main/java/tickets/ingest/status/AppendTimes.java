package tickets.ingest.status;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * When records were appended, told from where their partitions ended at a time. A record that was
 * appended between two looks counts as appended at the second, so no age is overstated.
 *
 * <p>Looking at ends needs no right to read a ticket, costs the broker nothing, and covers all
 * groups at once, wherever each of them is.
 */
final class AppendTimes {

  /** Looks kept of a partition; a month to a sixteenth of its age needs some 400. */
  private static final int MOST_LOOKS = 1024;

  private static final int PARTS_OF_AN_AGE = 16;

  /** For each partition: its end, and when it was first seen there. */
  private final Map<TopicPartition, TreeMap<Long, Long>> looks = new HashMap<>();

  /** At this time, in milliseconds, the partition ended at this offset. */
  void sawEnd(TopicPartition partition, long end, long millis) {
    TreeMap<Long, Long> ends = looks.computeIfAbsent(partition, any -> new TreeMap<>());
    if (!ends.isEmpty() && ends.lastKey() > end) {
      // The topic was made anew.
      ends.clear();
    }
    ends.putIfAbsent(end, millis);
    if (ends.size() > MOST_LOOKS) {
      thinOut(ends);
    }
  }

  /** Leaves looks the further apart the longer they are ago: an age is known to a part of it. */
  private static void thinOut(TreeMap<Long, Long> ends) {
    long now = ends.lastEntry().getValue();
    long before = ends.firstEntry().getValue();
    Long[] offsets = ends.keySet().toArray(Long[]::new);
    for (int i = 1; i < offsets.length - 1; i++) {
      long after = requireNonNull(ends.get(offsets[i + 1]));
      if ((after - before) * PARTS_OF_AN_AGE <= now - after) {
        ends.remove(offsets[i]);
      } else {
        before = requireNonNull(ends.get(offsets[i]));
      }
    }
  }

  /** By when that record had been appended, in milliseconds; null if it was not when last seen. */
  @Nullable Long appendedBy(TopicPartition partition, long offset) {
    TreeMap<Long, Long> ends = looks.get(partition);
    Map.Entry<Long, Long> seen = ends == null ? null : ends.higherEntry(offset);
    return seen == null ? null : seen.getValue();
  }

  /** How many looks at that partition are kept. */
  int looksAt(TopicPartition partition) {
    TreeMap<Long, Long> ends = looks.get(partition);
    return ends == null ? 0 : ends.size();
  }
}
