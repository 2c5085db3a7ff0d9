package tickets.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tickets.contract.EventJson;
import tickets.contract.Explanation;
import tickets.contract.ExplanationRequest;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;
import tickets.scorer.explain.AnswerExplanations;
import tickets.scorer.explain.ExplanationMeters;
import tickets.scorer.model.Precision;
import tickets.scorer.model.TicketScorer;

/** Questions and answers on a real broker, by the bundled model. */
class ExplanationsOnKafkaTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private static TicketScorer model;
  private static AnswerExplanations answers;

  @BeforeAll
  static void start() {
    model = TicketScorer.load(Path.of("../models/ticket-priority-ru-en"), Precision.FP32);
    answers =
        new AnswerExplanations(
            Map.of("bootstrap.servers", kafka.servers()),
            model,
            200,
            InstantSource.system(),
            new ExplanationMeters(registry));
    answers.start();
  }

  @AfterAll
  static void stop() {
    answers.stop();
    model.close();
  }

  @Test
  void aQuestionIsAnsweredToWhereItsCallerWaits() {
    ExplanationRequest request = request("Склад встал, отгрузки остановлены 🙈", 40_000);
    String channel = "replies:" + UUID.randomUUID();
    ask(request, channel);

    ConsumerRecord<byte[], byte[]> record = awaitAnswer(request);
    Explanation explanation = read(record);

    assertThat(explanation.failure()).isNull();
    assertThat(explanation.taskId()).isEqualTo("T-1");
    assertThat(explanation.explained()).isNotNull();
    assertThat(explanation.explained().words()).hasSize(5);
    assertThat(explanation.explained().words().get(4).start()).isEqualTo(34);
    assertThat(explanation.explained().words().get(4).end()).isEqualTo(35);
    assertThat(new String(record.value(), UTF_8)).as("no text").doesNotContain("Склад");
    assertThat(TicketHeaders.replyChannel(record.headers())).contains(channel);
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsNotWorkedOutAndGarbageStopsNothing() {
    ExplanationRequest expired = request("Too late", 0);
    ExplanationRequest unheard = request("Nobody hears it", 40_000);
    ExplanationRequest tooLong = request("x".repeat(201), 40_000);
    String channel = "replies:" + UUID.randomUUID();
    double before = registry.get("scorer.explanations.expired").counter().count();
    ask(expired, channel);
    ask(unheard, "elsewhere");
    for (String garbage : List.of("", "nonsense", "{}", "{\"request_id\": 7}")) {
      kafka.publish(
          List.of(record(UUID.randomUUID().toString(), garbage.getBytes(UTF_8), channel)));
    }
    kafka.publish(List.of(record(UUID.randomUUID().toString(), null, channel)));
    ask(tooLong, channel);

    assertThat(read(awaitAnswer(tooLong)).failure()).contains("longer than any");
    Awaitility.await()
        .atMost(TestKafka.LIMIT)
        .until(() -> registry.get("scorer.explanations.expired").counter().count() == before + 1);
    ExplanationRequest last = request("The last one", 40_000);
    ask(last, channel);
    awaitAnswer(last);
    assertThat(answersTo(expired)).isEmpty();
    assertThat(answersTo(unheard)).isEmpty();
  }

  private static ExplanationRequest request(String text, long withinMs) {
    return new ExplanationRequest(UUID.randomUUID().toString(), "T-1", text, withinMs);
  }

  private static void ask(ExplanationRequest request, String channel) {
    kafka.publish(List.of(record(request.requestId(), EventJson.write(request), channel)));
  }

  private static ProducerRecord<byte[], byte[]> record(String key, byte[] value, String channel) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.EXPLANATION_REQUESTS, key.getBytes(UTF_8), value);
    record.headers().add(TicketHeaders.REPLY_CHANNEL, channel.getBytes(UTF_8));
    return record;
  }

  private static ConsumerRecord<byte[], byte[]> awaitAnswer(ExplanationRequest request) {
    Awaitility.await("an explanation")
        .atMost(TestKafka.LIMIT)
        .until(() -> answersTo(request).size() == 1);
    return answersTo(request).get(0);
  }

  private static List<ConsumerRecord<byte[], byte[]>> answersTo(ExplanationRequest request) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.servers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, Topics.PARTITIONS)
              .mapToObj(partition -> new TopicPartition(Topics.EXPLANATIONS, partition))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (request.requestId().equals(new String(record.key(), UTF_8))) {
            found.add(record);
          }
        }
      }
      return found;
    }
  }

  private static Explanation read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Explanation.read(record.value());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
