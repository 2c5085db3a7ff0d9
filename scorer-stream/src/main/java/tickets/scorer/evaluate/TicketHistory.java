package tickets.scorer.evaluate;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import tickets.contract.Correction;
import tickets.contract.Erasure;
import tickets.contract.InvalidTicket;
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.Ticket;
import tickets.contract.Topics;
import tickets.scorer.ServiceEnvironment;
import tickets.scorer.labelled.UnusableData;

/**
 * The tickets that stand on the topics, read beside everybody else: without a consumer group, so
 * that nothing is committed and nobody's partitions move. What was erased is not read.
 *
 * @param tickets the newest version of each, oldest first
 * @param source what was read, for people
 */
record TicketHistory(List<Past> tickets, String source) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * @param label what people say of it; null if they say nothing
   */
  record Past(String id, String text, @Nullable String label) {}

  /**
   * Where to begin.
   *
   * @param offset on each partition, or null
   * @param time of receipt, or null; neither: as far back as the limit needs
   */
  record Since(@Nullable Long offset, @Nullable Instant time) {
    static final Since ENOUGH = new Since(null, null);

    /**
     * @param text an offset, a time in RFC 3339, or how long ago, as P7D or PT6H
     * @throws Arguments.Misunderstood if it is none of them
     */
    static Since parse(String text, Instant now) {
      try {
        if (text.matches("\\d{1,18}")) {
          return new Since(Long.parseLong(text), null);
        }
        return new Since(
            null, text.startsWith("P") ? now.minus(Duration.parse(text)) : Instant.parse(text));
      } catch (DateTimeParseException e) {
        throw new Arguments.Misunderstood(
            "--since is an offset, a time as 2026-11-25T00:00:00Z, or how long ago as P7D or PT6H,"
                + " not "
                + text);
      }
    }
  }

  /**
   * @param environment as the services have it: KAFKA_…, TEXT_MAX_CHARS, REDACT
   * @param most tickets; of more, the newest
   * @throws UnusableData if Kafka can't be read
   */
  static TicketHistory read(ServiceEnvironment environment, Since since, int most) {
    String servers = environment.kafkaBootstrapServers();
    try (Reader reader = new Reader(environment.kafkaSettings())) {
      return reader.read(environment, since, most);
    } catch (KafkaException e) {
      throw new UnusableData("Kafka at " + servers + " can't be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new UnusableData(String.valueOf(e.getMessage()), e);
    }
  }

  private static final class Reader implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;

    Reader(Map<String, Object> settings) {
      settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "models-compare");
      settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
      settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
      settings.put(
          ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
      consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    TicketHistory read(ServiceEnvironment environment, Since since, int most) {
      int maxChars = environment.textMaxChars();
      Redaction redaction = environment.redact();
      Map<String, Instant> erased = new HashMap<>();
      toEnd(Topics.ERASURES, Since.ENOUGH, Integer.MAX_VALUE, record -> note(record, erased));
      Map<String, String> labels = new HashMap<>();
      String unlabelled = "";
      try {
        toEnd(
            Topics.CORRECTIONS,
            Since.ENOUGH,
            Integer.MAX_VALUE,
            record -> noteLabel(record, labels));
      } catch (TopicAuthorizationException e) {
        unlabelled =
            "; the topic " + Topics.CORRECTIONS + " may not be read, so there are no labels";
      }
      Map<String, Past> tickets = new LinkedHashMap<>();
      for (Lane lane : Lane.values()) {
        toEnd(
            lane.topic(),
            since,
            most,
            record -> {
              Past ticket = ticket(record, maxChars, redaction, erased, labels);
              if (ticket != null) {
                // Again at the end: a later version is the newest.
                tickets.remove(ticket.id());
                tickets.put(ticket.id(), ticket);
              }
            });
      }
      List<Past> all = new ArrayList<>(tickets.values());
      List<Past> newest = all.subList(Math.max(0, all.size() - most), all.size());
      return new TicketHistory(
          List.copyOf(newest),
          newest.size()
              + " tickets of the topics "
              + Lane.TICKETS.topic()
              + " and "
              + Lane.INTERACTIVE.topic()
              + (newest.size() < all.size() ? ", of " + all.size() : "")
              + (since.offset() != null ? " from offset " + since.offset() : "")
              + (since.time() != null ? " since " + since.time() : "")
              + unlabelled);
    }

    /** Reads what stands on a topic now, and nothing of what comes meanwhile. */
    private void toEnd(
        String topic, Since since, int most, Consumer<ConsumerRecord<byte[], byte[]>> taken) {
      List<PartitionInfo> known = consumer.partitionsFor(topic, PATIENCE);
      if (known == null || known.isEmpty()) {
        return;
      }
      List<TopicPartition> partitions =
          known.stream().map(one -> new TopicPartition(topic, one.partition())).toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
      seek(partitions, ends, since, most);
      long heardOf = System.nanoTime();
      while (!partitions.stream()
          .allMatch(one -> consumer.position(one) >= ends.getOrDefault(one, 0L))) {
        var records = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
          if (record.offset()
              < ends.getOrDefault(new TopicPartition(topic, record.partition()), 0L)) {
            taken.accept(record);
          }
        }
        if (!records.isEmpty()) {
          heardOf = System.nanoTime();
        } else if (System.nanoTime() - heardOf > PATIENCE.toNanos()) {
          throw new UnusableData(
              "Kafka sent nothing of the topic " + topic + " for " + PATIENCE.toSeconds() + " s.");
        }
      }
    }

    private void seek(
        List<TopicPartition> partitions, Map<TopicPartition, Long> ends, Since since, int most) {
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, PATIENCE);
      Map<TopicPartition, OffsetAndTimestamp> atTime = new HashMap<>();
      Instant time = since.time();
      if (time != null) {
        Map<TopicPartition, Long> wanted = new HashMap<>();
        partitions.forEach(one -> wanted.put(one, time.toEpochMilli()));
        atTime.putAll(consumer.offsetsForTimes(wanted, PATIENCE));
      }
      for (TopicPartition one : partitions) {
        long begin = begins.getOrDefault(one, 0L);
        long end = ends.getOrDefault(one, 0L);
        OffsetAndTimestamp found = atTime.get(one);
        long from =
            time != null
                ? found == null ? end : found.offset()
                : since.offset() != null ? since.offset() : end - most;
        consumer.seek(one, Math.max(begin, Math.min(end, from)));
      }
    }

    private static void note(ConsumerRecord<byte[], byte[]> record, Map<String, Instant> erased) {
      try {
        Erasure erasure = Erasure.fromRecord(record.key(), record.value());
        Instant at = erasure.erasedAt(Instant.ofEpochMilli(record.timestamp()));
        erased.merge(erasure.taskId(), at, (one, other) -> one.isAfter(other) ? one : other);
      } catch (IOException e) {
        // Names no ticket: the scorer passes it over, too.
      }
    }

    /**
     * A ticket's corrections stand in their order on one partition: the last one holds. By the
     * readable name: another model's LABEL_1 may mean something else.
     */
    private static void noteLabel(
        ConsumerRecord<byte[], byte[]> record, Map<String, String> labels) {
      try {
        Correction correction =
            Correction.fromRecord(
                record.key(), record.value(), Instant.ofEpochMilli(record.timestamp()));
        labels.put(correction.taskId(), correction.priority());
      } catch (IOException e) {
        // Says nothing of any ticket: the sink passes it over, too.
      }
    }

    private static @Nullable Past ticket(
        ConsumerRecord<byte[], byte[]> record,
        int maxChars,
        Redaction redaction,
        Map<String, Instant> erased,
        Map<String, String> labels) {
      try {
        Ticket ticket =
            Ticket.fromRecord(
                record.key(),
                record.value(),
                record.topic(),
                record.partition(),
                record.offset(),
                maxChars,
                redaction);
        Instant erasedAt = erased.get(ticket.taskId());
        return erasedAt != null && record.timestamp() <= erasedAt.toEpochMilli()
            ? null
            : new Past(ticket.taskId(), ticket.text(), labels.get(ticket.taskId()));
      } catch (InvalidTicket e) {
        // Was rejected, and would be again.
        return null;
      }
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
