package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static tickets.scorer.EveryTicketIsScored.isAtOneOf;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketHeaders;
import tickets.contract.Topics;
import tickets.scorer.TestKafka.Arrival;
import tickets.scorer.model.ModelFailure;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.model.PriorityModel;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.TicketTokenizer;
import tickets.scorer.model.TokenBatch;

/**
 * What is meant to break a consumer, published to a real broker and read with the real tokenizer:
 * each record ends in exactly one outcome, and the partition goes on.
 */
class PoisonTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final int PARTITION = 2;
  private static final String SCORED = "scored";

  /** What the model makes of a text of so many tokens is not a number, or nothing at all. */
  private static final int NAN_TOKENS = 77;

  private static final int FAILS_TOKENS = 88;

  private static TicketScorer engine;

  @TempDir Path state;

  @BeforeAll
  static void loadTokenizer() {
    Path model = Path.of("../models/ticket-priority-ru-en");
    ModelManifest manifest = ModelManifest.read(model, Precision.FP32);
    engine =
        new TicketScorer(
            TicketTokenizer.load(model, manifest.maxTokens()), new PoisonedModel(), manifest);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  /** A record, and what it must end as: {@link #SCORED} or a rejection's code. */
  private record Poison(ProducerRecord<byte[], byte[]> record, String end) {}

  @Test
  void everyPoisonEndsInOneOutcomeAndThePartitionGoesOn() {
    List<Poison> poisons = new ArrayList<>();
    // Beyond any limit of ours, and as large as the broker lets through.
    add(poisons, "p-megabyte", json("x".repeat(1_000_000)), "TOO_LONG");
    add(
        poisons,
        "p-ignored-megabyte",
        fields("\"text\":\"a\",\"x\":\"" + "y".repeat(1_000_000) + "\""),
        SCORED);
    add(poisons, "p-deep", fields("\"text\":\"a\",\"x\":" + "[".repeat(400_000)), "UNREADABLE");
    add(
        poisons,
        "p-deep-closed",
        fields("\"text\":\"a\",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000)),
        "UNREADABLE");
    add(
        poisons,
        "p-deep-enough",
        fields("\"text\":\"a\",\"x\":" + "[".repeat(400) + "]".repeat(400)),
        SCORED);
    add(
        poisons,
        "p-long-number",
        fields("\"text\":\"a\",\"x\":" + "9".repeat(500_000)),
        "UNREADABLE");
    add(poisons, "p-huge-exponent", fields("\"text\":\"a\",\"x\":1e999999999"), SCORED);
    add(poisons, "p-not-utf8", latin1("{\"text\":\"caf\u00e9\"}"), "UNREADABLE");
    add(poisons, "p-zeros", new byte[10_000], "UNREADABLE");
    add(poisons, "p-duplicate", fields("\"text\":\"a\",\"text\":\"b\""), "UNREADABLE");
    add(poisons, "p-surrogate", fields("\"text\":\"a\\ud800b\""), SCORED);
    add(poisons, "p-nul", fields("\"text\":\"a\\u0000b\""), SCORED);
    add(poisons, "p-zero-width", json("\u200b\u200d\ufeff"), SCORED);
    add(poisons, "p-right-to-left", json("\u202eabc \u0645\u0631\u062d\u0628\u0627\u202c"), SCORED);
    add(poisons, "p-emoji", json("🙈👩‍👩‍👧‍👦🇷🇺"), SCORED);
    add(poisons, "p-combining", json("e" + "\u0301".repeat(9_999)), SCORED);
    add(poisons, "p-white", json(" \n\t\u3000"), "INVALID");
    add(poisons, "p-other-id", fields("\"task_id\":\"another\",\"text\":\"a\""), "INVALID");
    add(poisons, "p-nan", json(words(NAN_TOKENS)), "NOT_A_NUMBER");
    add(poisons, "p-model", json(words(FAILS_TOKENS)), "MODEL_FAILED");
    add(poisons, "p-tombstone", null, "UNREADABLE");
    add(poisons, "p-empty", new byte[0], "UNREADABLE");
    add(poisons, null, null, "UNREADABLE");
    add(poisons, null, json("no key"), SCORED);
    add(poisons, "k".repeat(200_000), json("huge key"), "INVALID");
    add(poisons, "no\nid", json("a key that is no id"), "INVALID");
    Poison headers = add(poisons, "p-headers", json("headers"), SCORED);
    headers.record().headers().add(TicketHeaders.TRACEPARENT, new byte[100_000]);
    headers.record().headers().add(TicketHeaders.REPLY_CHANNEL, null);
    headers.record().headers().add("x".repeat(30_000), new byte[100_000]);
    for (int i = 0; i < 1_000; i++) {
      headers.record().headers().add("h" + i, new byte[100]);
    }
    List<RecordMetadata> positions = publish(poisons);

    try (TestScorer scorer = start()) {
      List<Arrival> arrivals = kafka.awaitOutcomes(poisons.size(), isAtOneOf(positions));

      assertThat(ends(arrivals)).isEqualTo(expected(poisons, positions));
      assertThat(arrivals)
          .filteredOn(arrival -> arrival.outcome().taskId().equals("p-headers"))
          .allSatisfy(arrival -> assertThat(arrival.record().headers()).isEmpty());
    }
  }

  @Test
  void theSameTextThousandsOfTimesIsScoredEachTime() {
    int count = Integer.getInteger("poison.repeats", 2_000);
    List<RecordMetadata> positions =
        kafka.publish(
            IntStream.range(0, count)
                .mapToObj(i -> TestKafka.ticket(PARTITION, "same-" + i, "The same text."))
                .toList());

    try (TestScorer scorer = start()) {
      assertThat(kafka.awaitOutcomes(count, isAtOneOf(positions)))
          .allSatisfy(arrival -> assertThat(arrival.outcome()).isInstanceOf(ScoredTicket.class));
    }
  }

  /** A topic that somebody made with the producers' time, as is Kafka's default. */
  @Test
  void clocksThatAreWrongCostNothing() throws Exception {
    long now = System.currentTimeMillis();
    long[] times = {0, 1, now - 86_400_000L * 29, now + 86_400_000L * 365, Long.MAX_VALUE};
    setTimestamps("CreateTime", Long.toString(Long.MAX_VALUE));
    try {
      List<Poison> poisons = new ArrayList<>();
      for (long time : times) {
        poisons.add(
            new Poison(
                new ProducerRecord<>(
                    Topics.TICKETS, PARTITION, time, utf8("clock-" + time), json("late or early")),
                SCORED));
      }
      List<RecordMetadata> positions = publish(poisons);

      try (TestScorer scorer = start()) {
        List<Arrival> arrivals = kafka.awaitOutcomes(times.length, isAtOneOf(positions));

        assertThat(ends(arrivals)).isEqualTo(expected(poisons, positions));
        assertThat(arrivals)
            .as("no outcome is from the future")
            .allSatisfy(
                arrival ->
                    assertThat(arrival.outcome().receivedAt())
                        .isBefore(Instant.now().plusSeconds(3_600)));
      }
    } finally {
      setTimestamps("LogAppendTime", "3600000");
    }
  }

  private TestScorer start() {
    return TestScorer.start(kafka.servers(), state, engine::score, 64, Duration.ofMillis(5));
  }

  private static Poison add(
      List<Poison> poisons, @Nullable String key, byte @Nullable [] value, String end) {
    Poison poison = new Poison(TestKafka.raw(PARTITION, key, value), end);
    poisons.add(poison);
    return poison;
  }

  private static List<RecordMetadata> publish(List<Poison> poisons) {
    return kafka.publish(poisons.stream().map(Poison::record).toList());
  }

  private static Map<Long, String> expected(List<Poison> poisons, List<RecordMetadata> positions) {
    return IntStream.range(0, poisons.size())
        .boxed()
        .collect(Collectors.toMap(i -> positions.get(i).offset(), i -> poisons.get(i).end()));
  }

  /** By offset; fails on a second outcome of a record. */
  private static Map<Long, String> ends(List<Arrival> arrivals) {
    return arrivals.stream()
        .map(Arrival::outcome)
        .collect(
            Collectors.toMap(
                outcome -> outcome.sourceOffset(),
                outcome ->
                    outcome instanceof Rejection rejection ? rejection.code().name() : SCORED));
  }

  private static void setTimestamps(String type, String maxAhead)
      throws InterruptedException, ExecutionException {
    ConfigResource tickets = new ConfigResource(ConfigResource.Type.TOPIC, Topics.TICKETS);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  tickets,
                  List.of(
                      set(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, type),
                      set(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, maxAhead))))
          .all()
          .get();
    }
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  /** A text of so many tokens, [CLS] and [SEP] included. */
  private static String words(int tokens) {
    return "a ".repeat(tokens - 2).strip();
  }

  private static byte[] json(String text) {
    return fields("\"text\":\"" + text.replace("\n", "\\n").replace("\t", "\\t") + "\"");
  }

  private static byte[] fields(String fields) {
    return utf8("{" + fields + "}");
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Four labels, the same for every ticket, but for two that are poison to it. */
  private static final class PoisonedModel implements PriorityModel {

    @Override
    public int labelCount() {
      return 4;
    }

    @Override
    public int maxTokens() {
      return 256;
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      float[][] logits = new float[batch.size()][4];
      for (int row = 0; row < batch.size(); row++) {
        int tokens = batch.row(row).length;
        if (tokens == FAILS_TOKENS) {
          throw new ModelFailure("made to fail");
        }
        Arrays.fill(logits[row], tokens == NAN_TOKENS ? Float.NaN : 0.25f);
      }
      return logits;
    }

    @Override
    public void close() {}
  }
}
