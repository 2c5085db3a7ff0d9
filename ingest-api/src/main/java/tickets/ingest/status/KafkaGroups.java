package tickets.ingest.status;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;
import tickets.contract.ConsumerGroups;
import tickets.contract.Lane;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;

/**
 * The consumer groups of the pipeline, and the topics they read, as the broker sees them. Asks
 * without reading a record: the right to describe is enough.
 */
final class KafkaGroups {

  /** A topic's settings change rarely. */
  private static final Duration RETENTION_ASKED_EVERY = Duration.ofSeconds(10);

  /** How finely the time before the first look is known, as parts of the retention. */
  private static final int PARTS = 16;

  /**
   * One group.
   *
   * @param members 0 also when the broker does not know the group
   * @param stable whether every partition is assigned and nothing is moving
   * @param lag records committed to its topics which it has not finished: end offset
   *     (read_committed) minus committed offset
   * @param age of the oldest of those, to a second, and never overstated; zero if there are none
   * @param ofRetention that age as a part of the topic's retention: 1 is when it is deleted unread
   * @param committed the next offset of each partition that it will finish
   */
  record Group(
      int members,
      boolean stable,
      long lag,
      Duration age,
      double ofRetention,
      Map<TopicPartition, OffsetAndMetadata> committed) {
    boolean works() {
      return members > 0 && stable;
    }
  }

  private final InstantSource clock;
  private final AppendTimes appended = new AppendTimes();
  private final Map<String, Duration> retention = new HashMap<>();
  private @Nullable Instant retentionAsked;
  private boolean lookedBack;
  private final Instant created;
  private Map<String, Group> groups = Map.of();
  private Instant lastTicket;

  /**
   * Nothing is asked yet.
   *
   * @param told what the topics keep, as long as the broker does not say otherwise
   */
  KafkaGroups(InstantSource clock, TopicRetention told) {
    this.clock = clock;
    created = clock.instant();
    lastTicket = created;
    Topics.ALL.forEach(topic -> retention.put(topic, told.tickets()));
    retention.put(Topics.ERASURES, told.erasures());
  }

  /** As of the last {@link #read}. */
  Map<String, Group> groups() {
    return groups;
  }

  /**
   * When the broker got the newest ticket, on either lane; when this was created, if there never
   * was one.
   */
  Instant lastTicket() {
    return lastTicket;
  }

  /**
   * Asks the broker.
   *
   * @param limit for each question
   * @throws TimeoutException if it does not answer by then
   * @throws ExecutionException if it answers with an error, such as topics not there yet
   */
  void read(Admin admin, Duration limit)
      throws ExecutionException, InterruptedException, TimeoutException {
    askRetention(admin, limit);
    if (!lookedBack) {
      lookBack(admin, limit);
      lookedBack = true;
    }
    var ends = offsets(admin, partitions(), OffsetSpec.latest()).all();
    var starts = offsets(admin, partitions(), OffsetSpec.earliest()).all();
    var newest =
        offsets(
                admin,
                Arrays.stream(Lane.values())
                    .flatMap(lane -> partitionsOf(lane.topic()).stream())
                    .toList(),
                OffsetSpec.maxTimestamp())
            .all();
    var described = admin.describeConsumerGroups(ConsumerGroups.TOPICS.keySet()).describedGroups();
    var committed =
        admin.listConsumerGroupOffsets(
            ConsumerGroups.TOPICS.keySet().stream()
                .collect(Collectors.toMap(id -> id, id -> new ListConsumerGroupOffsetsSpec())));
    Map<TopicPartition, ListOffsetsResultInfo> startOf = answer(starts, limit);
    Map<TopicPartition, ListOffsetsResultInfo> endOf = answer(ends, limit);
    long now = clock.millis();
    endOf.forEach((partition, end) -> appended.sawEnd(partition, end.offset(), now));
    Map<String, Group> read = new LinkedHashMap<>();
    for (String id : ConsumerGroups.TOPICS.keySet()) {
      ConsumerGroupDescription description = orNull(described.get(id), limit);
      Map<TopicPartition, OffsetAndMetadata> offsets =
          orNull(committed.partitionsToOffsetAndMetadata(id), limit);
      read.put(id, group(id, description, offsets == null ? Map.of() : offsets, startOf, endOf));
    }
    groups = read;
    long time =
        answer(newest, limit).values().stream()
            .mapToLong(ListOffsetsResultInfo::timestamp)
            .max()
            .orElse(-1);
    lastTicket = time < 0 ? created : Instant.ofEpochMilli(time);
  }

  private Group group(
      String id,
      @Nullable ConsumerGroupDescription description,
      Map<TopicPartition, OffsetAndMetadata> committed,
      Map<TopicPartition, ListOffsetsResultInfo> starts,
      Map<TopicPartition, ListOffsetsResultInfo> ends) {
    long lag = 0;
    Duration age = Duration.ZERO;
    double ofRetention = 0;
    for (var end : ends.entrySet()) {
      TopicPartition partition = end.getKey();
      ListOffsetsResultInfo start = starts.get(partition);
      if (start == null || !readBy(id, partition.topic())) {
        continue;
      }
      OffsetAndMetadata done = committed.get(partition);
      // Records that expired before they were read are not waiting any more.
      long from = done == null ? start.offset() : Math.max(done.offset(), start.offset());
      lag += Math.max(0, end.getValue().offset() - from);
      if (from < end.getValue().offset()) {
        Duration oldest = ageOf(partition, from);
        age = oldest.compareTo(age) > 0 ? oldest : age;
        ofRetention =
            Math.max(
                ofRetention,
                (double) oldest.toMillis() / retentionOf(partition.topic()).toMillis());
      }
    }
    return new Group(
        description == null ? 0 : description.members().size(),
        description != null && description.groupState() == GroupState.STABLE,
        lag,
        age,
        ofRetention,
        committed);
  }

  private Duration ageOf(TopicPartition partition, long offset) {
    Long by = appended.appendedBy(partition, offset);
    long age = by == null ? 0 : clock.millis() - by;
    return age <= 0 ? Duration.ZERO : Duration.ofMillis(age);
  }

  private Duration retentionOf(String topic) {
    return requireNonNull(retention.get(topic));
  }

  /** What the topics really have: an operator may have changed it, or made them. */
  private void askRetention(Admin admin, Duration limit)
      throws InterruptedException, TimeoutException {
    Instant now = clock.instant();
    if (retentionAsked != null
        && Duration.between(retentionAsked, now).compareTo(RETENTION_ASKED_EVERY) < 0) {
      return;
    }
    Map<ConfigResource, String> asked = new HashMap<>();
    Topics.ALL.forEach(
        topic -> asked.put(new ConfigResource(ConfigResource.Type.TOPIC, topic), topic));
    var answers = admin.describeConfigs(asked.keySet()).values();
    for (var one : asked.entrySet()) {
      // Without the right to see it, what it was told to be is the best guess.
      Config config = orNull(answers.get(one.getKey()), limit);
      ConfigEntry entry = config == null ? null : config.get(TopicConfig.RETENTION_MS_CONFIG);
      if (entry != null) {
        long millis = Long.parseLong(entry.value());
        // -1: for ever.
        retention.put(one.getValue(), Duration.ofMillis(millis < 0 ? Long.MAX_VALUE : millis));
      }
    }
    retentionAsked = now;
  }

  /** Where the partitions ended before there was anybody to look: the broker can tell. */
  private void lookBack(Admin admin, Duration limit)
      throws ExecutionException, InterruptedException, TimeoutException {
    long now = clock.millis();
    Map<Long, KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>>> answers =
        new LinkedHashMap<>();
    for (long time : timesBefore(now)) {
      answers.put(time, offsets(admin, partitions(), OffsetSpec.forTimestamp(time)).all());
    }
    for (var at : answers.entrySet()) {
      answer(at.getValue(), limit)
          .forEach(
              (partition, next) -> {
                if (next.offset() >= 0) {
                  appended.sawEnd(partition, next.offset(), at.getKey());
                }
              });
    }
  }

  /** The oldest first: parts of the longest retention, then ever closer to now. */
  private List<Long> timesBefore(long now) {
    long longest =
        retention.values().stream()
            .mapToLong(Duration::toMillis)
            .map(millis -> Math.min(millis, 12 * TopicRetention.DEFAULT.tickets().toMillis()))
            .max()
            .orElseThrow();
    List<Long> times = new ArrayList<>();
    for (int part = PARTS; part >= 1; part--) {
      times.add(now - longest / PARTS * part);
    }
    for (long age = longest / PARTS / 2; age >= 1000; age /= 2) {
      times.add(now - age);
    }
    return times;
  }

  private static boolean readBy(String group, String topic) {
    return ConsumerGroups.TOPICS.getOrDefault(group, List.of()).contains(topic);
  }

  private static List<TopicPartition> partitions() {
    return Topics.ALL.stream().flatMap(topic -> partitionsOf(topic).stream()).toList();
  }

  private static List<TopicPartition> partitionsOf(String topic) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int p = 0; p < Topics.PARTITIONS; p++) {
      partitions.add(new TopicPartition(topic, p));
    }
    return partitions;
  }

  private static ListOffsetsResult offsets(
      Admin admin, List<TopicPartition> partitions, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    return admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED));
  }

  private static <T> T answer(KafkaFuture<T> future, Duration limit)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What the broker refuses to tell, such as a group that nobody has joined yet. */
  private static <T> @Nullable T orNull(@Nullable KafkaFuture<T> future, Duration limit)
      throws InterruptedException, TimeoutException {
    if (future == null) {
      return null;
    }
    try {
      return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      return null;
    }
  }
}
