package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tickets.contract.Erasure;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Sha256;
import tickets.contract.StageTimes;
import tickets.contract.TicketHeaders;
import tickets.contract.TicketId;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.scorer.batch.BatchLimits;
import tickets.scorer.batch.BatchPace;
import tickets.scorer.batch.TicketBatcher;
import tickets.scorer.erase.ErasedTickets;

/**
 * The topology's rules, without a broker. What commits keep and lose is {@link
 * ScoringOnKafkaTest}'s.
 */
class ScoringTopologyTest {

  private static final Instant START = Instant.parse("2026-11-25T10:00:00Z");
  private static final Duration LINGER = Duration.ofMillis(5);
  private static final BatchLimits LIMITS = new BatchLimits(4, 200, LINGER, 64);
  private static final Duration SLA = Duration.ofSeconds(60);
  private static final int TEXT_MAX_CHARS = 200;
  private static final String CHANNEL = "replies:0190a5a0-0000-7000-8000-000000000001";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private StubEngine engine = new StubEngine();
  private Redaction redaction = Redaction.NONE;
  private TopologyTestDriver driver = driver(engine, LIMITS, true);
  private TestInputTopic<byte[], byte[]> tickets = tickets();

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void aFullBatchIsScoredAtOnce() throws IOException {
    publish("a", "b", "c");
    assertThat(engine.batches()).isEmpty();

    publish("d");

    assertThat(engine.batches()).containsExactly(List.of("a", "b", "c", "d"));
    assertThat(scoredIds()).containsExactly("id-a", "id-b", "id-c", "id-d");
  }

  @Test
  void aBatchIsScoredWhenNobodyJoinedForALinger() throws IOException {
    publish("a", "b");
    pass(Duration.ofMillis(3));
    assertThat(engine.batches()).isEmpty();

    pass(Duration.ofMillis(3));

    assertThat(engine.batches()).containsExactly(List.of("a", "b"));
    assertThat(scoredIds()).containsExactly("id-a", "id-b");
  }

  @Test
  void aBatchThatTicketsKeepJoiningIsScoredAfterFourLingers() {
    restart(new StubEngine(), new BatchLimits(64, 200, LINGER, 64), true);
    for (int millis = 0; millis < 20; millis += 4) {
      assertThat(engine.batches()).isEmpty();
      publish("at " + millis);
      pass(Duration.ofMillis(4));
    }

    assertThat(engine.batches()).containsExactly(List.of("at 0", "at 4", "at 8", "at 12", "at 16"));
  }

  /** The driver commits after each record, and so twice while a ticket waits here. */
  @Test
  void onlyWhatWaitsAtACommitIsWrittenToTheChangelog() {
    restart(new StubEngine(), new BatchLimits(3, 200, LINGER, 64), true);
    publish("a", "b", "c");
    assertThat(changelog()).containsExactly("0 put", "1 put", "0 deleted", "1 deleted");

    restart(new StubEngine(), new BatchLimits(1, 200, LINGER, 64), true);
    publish("a", "b", "c");
    assertThat(engine.batches()).hasSize(3);
    assertThat(changelog()).isEmpty();
  }

  private List<String> changelog() {
    return driver
        .createOutputTopic(
            "test-pending-tickets-changelog",
            new IntegerDeserializer(),
            new ByteArrayDeserializer())
        .readKeyValuesToList()
        .stream()
        .map(change -> change.key + (change.value == null ? " deleted" : " put"))
        .toList();
  }

  @Test
  void aPollIsAsShortAsTheLingerOnlyWhileThereIsSomethingToDo() {
    Duration most = Duration.ofMillis(100);
    assertThat(TicketBatcher.pollTime(most)).isEqualTo(most);
    publish("a");
    assertThat(TicketBatcher.pollTime(most)).isEqualTo(LINGER);
    assertThat(TicketBatcher.pollTime(Duration.ZERO)).isEqualTo(Duration.ZERO);
    pass(LINGER);
    pass(LINGER);
    assertThat(engine.batches()).containsExactly(List.of("a"));
    assertThat(TicketBatcher.pollTime(most)).isEqualTo(most);

    // A full batch is committed in its time, and that must not come later for a long poll.
    publish("a", "b", "c", "d");
    assertThat(TicketBatcher.pollTime(most)).isEqualTo(LINGER);
    pass(Duration.ofMillis(200));
    assertThat(TicketBatcher.pollTime(most)).isEqualTo(most);
  }

  @Test
  void aTicketThatWouldMakeTheBatchTooLongGoesIntoTheNext() {
    String long1 = "1".repeat(190);
    String long2 = "2".repeat(190);
    String long3 = "3".repeat(190);
    String long4 = "4".repeat(190);

    publish(long1, long2, long3, long4);
    pass(LINGER);

    assertThat(engine.batches()).containsExactly(List.of(long1, long2, long3), List.of(long4));
  }

  @Test
  void anOutcomeSpeaksOfItsOwnTicketNotOfTheOneThatFilledTheBatch() throws IOException {
    for (String text : List.of("a", "unscorable", "c", "d")) {
      RecordHeaders headers = new RecordHeaders();
      headers.add(TicketHeaders.TRACEPARENT, utf8("trace-" + text));
      headers.add(TicketHeaders.REPLY_CHANNEL, utf8(CHANNEL));
      headers.add("x-secret", utf8("stays behind"));
      tickets.pipeInput(
          new TestRecord<>(utf8("id-" + text), json(text), headers, START.minusMillis(40)));
    }

    List<TestRecord<String, byte[]>> scored = priorities().readRecordsToList();
    assertThat(scored).extracting(TestRecord::key).containsExactly("id-a", "id-c", "id-d");
    assertThat(scored)
        .extracting(record -> header(record.headers(), TicketHeaders.TRACEPARENT))
        .containsExactly("trace-a", "trace-c", "trace-d");
    assertThat(scored)
        .allSatisfy(
            record -> {
              assertThat(header(record.headers(), TicketHeaders.REPLY_CHANNEL)).isEqualTo(CHANNEL);
              assertThat(record.headers().lastHeader("x-secret")).isNull();
            });
    assertThat(EventJson.readScored(scored.get(1).value()))
        .satisfies(
            c -> {
              assertThat(c.sourceTopic()).isEqualTo(Topics.TICKETS);
              assertThat(c.sourcePartition()).isZero();
              assertThat(c.sourceOffset()).isEqualTo(2);
            });
    TestRecord<String, byte[]> rejected = rejections().readRecord();
    assertThat(header(rejected.headers(), TicketHeaders.TRACEPARENT)).isEqualTo("trace-unscorable");
    assertThat(EventJson.readRejection(rejected.value()))
        .satisfies(
            rejection -> {
              assertThat(rejection.taskId()).isEqualTo("id-unscorable");
              assertThat(rejection.code()).isEqualTo(Rejection.Code.MODEL_FAILED);
              assertThat(rejection.sourceOffset()).isEqualTo(1);
              assertThat(rejection.original())
                  .isEqualTo(Base64.getEncoder().encodeToString(json("unscorable")));
              assertThat(rejection.originalSize()).isEqualTo(json("unscorable").length);
              assertThat(rejection.originalSha256()).isEqualTo(Sha256.hex(json("unscorable")));
            });
  }

  @Test
  void aResultHoldsEveryField() throws IOException {
    tickets.pipeInput(new TestRecord<>(utf8("id-1"), json("hello"), null, START.minusMillis(40)));
    pass(LINGER);

    TestRecord<String, byte[]> record = priorities().readRecord();
    assertThat(record.timestamp()).isEqualTo(START.plus(LINGER).toEpochMilli());
    assertThat(EventJson.readScored(record.value()))
        .isEqualTo(
            new ScoredTicket(
                "id-1",
                "LABEL_1",
                0.75,
                "high",
                Map.of("LABEL_0", 0.25, "LABEL_1", 0.75),
                new ScoredTicket.Decision("argmax", 0.5, null, false),
                StubEngine.MODEL,
                false,
                false,
                START.minusMillis(40),
                START.plus(LINGER),
                new StageTimes(40, 5, 2, 7),
                Sha256.hex("hello"),
                Topics.TICKETS,
                0,
                0,
                "hello",
                null));
  }

  @Test
  void ticketForPeopleKeepsTheModelsLabelAndCountsByIt() throws IOException {
    now.updateAndGet(before -> before.plus(SLA).plusMillis(1));
    publish("unsure", "b", "c", "d");

    ScoredTicket first = EventJson.readScored(priorities().readValue());
    assertThat(first.priority()).isEqualTo("review");
    assertThat(first.decision()).isEqualTo(new ScoredTicket.Decision("argmax", 0.5, null, true));
    assertThat(first.taskPriority()).isEqualTo("LABEL_1");
    assertThat(first.priorityScore()).isEqualTo(0.75);
    assertThat(registry.get(ScorerMeters.SLA_MISSED).counter().count())
        .as("LABEL_1 is the most urgent here, whoever looks at it")
        .isEqualTo(4);
  }

  @Test
  void withheldTextIsNowhereInAResult() {
    restart(new StubEngine(), LIMITS, false);
    publish("my password is hunter2");
    pass(LINGER);

    assertThat(new String(priorities().readValue(), StandardCharsets.UTF_8))
        .contains("\"task_id\"")
        .doesNotContain("hunter2")
        .doesNotContain("\"text\"");
  }

  @Test
  void whatIsNoTicketIsRejectedWithItsCoordinatesAndTheOthersGoOn() throws IOException {
    publish("a");
    tickets.pipeInput(utf8("garbage"), utf8("{\"text\": "));
    tickets.pipeInput(new TestRecord<>(utf8("nothing"), null, null, START));
    tickets.pipeInput(utf8("[1, 2]"));
    tickets.pipeInput(utf8("other"), utf8("{\"task_id\": \"one\", \"text\": \"b\"}"));
    tickets.pipeInput(utf8("long"), json("x".repeat(TEXT_MAX_CHARS + 1)));
    tickets.pipeInput(new byte[2_000], json("a huge key of zeros"));
    publish("b", "c", "d");

    assertThat(scoredIds()).containsExactly("id-a", "id-b", "id-c", "id-d");
    List<TestRecord<String, byte[]>> records = rejections().readRecordsToList();
    assertThat(records)
        .extracting(TestRecord::key)
        .containsExactly("garbage", "nothing", "tickets-0-3", "other", "long", "tickets-0-6");
    List<Rejection> rejections =
        records.stream().map(record -> readRejection(record.value())).toList();
    assertThat(rejections)
        .extracting(Rejection::code)
        .containsExactly(
            Rejection.Code.UNREADABLE,
            Rejection.Code.UNREADABLE,
            Rejection.Code.UNREADABLE,
            Rejection.Code.INVALID,
            Rejection.Code.TOO_LONG,
            Rejection.Code.INVALID);
    assertThat(rejections)
        .extracting(Rejection::sourceOffset)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void anUnreadableRecordsReplyChannelIsForwarded() {
    RecordHeaders headers = new RecordHeaders();
    headers.add(TicketHeaders.REPLY_CHANNEL, utf8(CHANNEL));
    tickets.pipeInput(new TestRecord<>(utf8("id"), utf8("?"), headers, START));

    assertThat(header(rejections().readRecord().headers(), TicketHeaders.REPLY_CHANNEL))
        .isEqualTo(CHANNEL);
  }

  @Test
  void twoEventsOfOneTicketBothGetTheirOutcomeInOrder() throws IOException {
    tickets.pipeInput(utf8("twice"), json("first"));
    tickets.pipeInput(utf8("twice"), json("second"));
    pass(LINGER);

    List<ScoredTicket> outcomes =
        priorities().readValuesToList().stream().map(ScoringTopologyTest::readScored).toList();
    assertThat(outcomes).extracting(ScoredTicket::text).containsExactly("first", "second");
    assertThat(outcomes).extracting(ScoredTicket::sourceOffset).containsExactly(0L, 1L);
  }

  @Test
  void aRecordWithAnImpossibleTimeIsTakenAsReceivedNow() throws IOException {
    Instant farOff = START.plus(Duration.ofDays(3_000_000));
    tickets.pipeInput(new TestRecord<>(utf8("id"), json("hello"), null, farOff));
    pass(LINGER);

    assertThat(EventJson.readScored(priorities().readValue()).receivedAt()).isEqualTo(START);
  }

  @Test
  void anEngineThatBreaksDownStopsTheThreadAndSkipsNoTicket() {
    restart(
        new StubEngine(
            texts -> {
              throw new IllegalStateException("the GPU fell off the bus");
            }),
        LIMITS,
        true);
    publish("a", "b", "c");

    assertThatThrownBy(() -> publish("d")).isInstanceOf(StreamsException.class);
    assertThat(priorities().isEmpty()).isTrue();
    assertThat(rejections().isEmpty()).isTrue();
  }

  @Test
  void metersCountWhatWasDone() {
    publish("a", "unscorable", "c", "d", "e");
    tickets.pipeInput(utf8("garbage"), utf8("?"));

    assertThat(registry.get(ScorerMeters.SCORED).counter().count()).isEqualTo(3);
    assertThat(registry.get(ScorerMeters.REJECTED).tag("code", "MODEL_FAILED").counter().count())
        .isEqualTo(1);
    assertThat(registry.get(ScorerMeters.REJECTED).tag("code", "UNREADABLE").counter().count())
        .isEqualTo(1);
    assertThat(registry.get(ScorerMeters.PENDING).gauge().value()).isEqualTo(1);
    assertThat(registry.get(ScorerMeters.BATCH_SIZE).tag("trigger", "full").summary().mean())
        .isEqualTo(4);
    assertThat(registry.get(ScorerMeters.BATCH_FILL).summary().mean()).isEqualTo(1);
    assertThat(registry.get(ScorerMeters.TOKENS).counter().count()).isEqualTo(12);
    assertThat(registry.get(ScorerMeters.PADDING).counter().count()).isEqualTo(4);
  }

  @Test
  void aMostUrgentTicketThatIsScoredTooLateIsCountedAndNamed() {
    now.updateAndGet(before -> before.plus(SLA));
    publish("in time", "b", "c", "d");
    assertThat(registry.get(ScorerMeters.SLA_MISSED).counter().count()).isZero();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(ServiceLevel.class);
    logger.addAppender(log);

    now.updateAndGet(before -> before.plusMillis(1));
    publish("late", "unscorable", "c", "d");
    logger.detachAppender(log);

    assertThat(registry.get(ScorerMeters.SLA_MISSED).counter().count()).isEqualTo(3);
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "3 tickets of the most urgent priority scored later than 60 s after receipt:"
                + " id-late (60 s), id-c (60 s), id-d (60 s)");
  }

  @Test
  void theOldestTicketThatWaitsForItsBatchHasAnAge() {
    assertThat(registry.get(ScorerMeters.PENDING_AGE).gauge().value()).isZero();
    now.updateAndGet(before -> before.plusSeconds(7));
    publish("a", "b");
    assertThat(registry.get(ScorerMeters.PENDING_AGE).gauge().value()).isEqualTo(7);

    publish("c", "d");

    assertThat(registry.get(ScorerMeters.PENDING_AGE).gauge().value()).isZero();
  }

  @Test
  void aSourceIsSilentWhileTheOthersPublish() {
    publishFrom("crm", START);
    publishFrom("desk", START.plusSeconds(3));
    assertThat(silenceOf("crm")).isEqualTo(3);

    publishFrom("desk", START.plusSeconds(90));
    assertThat(silenceOf("crm")).isEqualTo(90);
    assertThat(silenceOf("desk")).isZero();

    publishFrom("crm", START.plusSeconds(91));
    assertThat(silenceOf("crm")).isZero();
  }

  @Test
  void sourcesBeyondThirtyTwoShareASeriesWhateverStrangersCallThemselves() {
    publish("of nobody");
    for (int i = 0; i < 100; i++) {
      publishFrom("source\n\"" + i + "x".repeat(200), START);
    }

    assertThat(registry.get(ScorerMeters.SOURCE_SILENCE).gauges())
        .hasSize(TicketSources.MOST + 1)
        .extracting(gauge -> gauge.getId().getTag("source"))
        .contains(TicketSources.NONE, TicketSources.OTHER)
        .allSatisfy(name -> assertThat(name).hasSizeLessThanOrEqualTo(64));
  }

  private void publishFrom(String source, Instant time) {
    byte[] value = EventJson.write(Map.of("text", "t", "source", source));
    tickets.pipeInput(utf8("id"), value, time);
  }

  private double silenceOf(String source) {
    return registry.get(ScorerMeters.SOURCE_SILENCE).tag("source", source).gauge().value();
  }

  @Test
  void theDrawingNamesEveryNodeAndStore() throws IOException {
    String source = Files.readString(Path.of("src/main/java/tickets/scorer/ScoringTopology.java"));
    Set<String> nodes = new TreeSet<>();
    Set<String> stores = new TreeSet<>();
    for (TopologyDescription.Subtopology part :
        topology(engine, LIMITS, true).describe().subtopologies()) {
      for (TopologyDescription.Node node : part.nodes()) {
        nodes.add(node.name());
        if (node instanceof TopologyDescription.Processor processor) {
          stores.addAll(processor.stores());
        }
      }
    }
    String drawing = source.substring(source.indexOf("<pre>"), source.indexOf("</pre>"));

    assertThat(names(drawing, "\\[([a-z-]+)]")).isEqualTo(nodes);
    assertThat(names(drawing, "\\(([a-z-]+)\\)")).isEqualTo(stores);
  }

  private static Set<String> names(String drawing, String pattern) {
    return Pattern.compile(pattern)
        .matcher(drawing)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Short texts have a key made of them, others none. */
  private void publish(String... texts) {
    for (String text : texts) {
      byte[] key = TicketId.isValid("id-" + text) ? utf8("id-" + text) : null;
      tickets.pipeInput(new TestRecord<>(key, json(text), null, START));
    }
  }

  /** Lets time go by, a millisecond at a time. */
  private void pass(Duration time) {
    for (long millis = 0; millis < time.toMillis(); millis++) {
      now.updateAndGet(before -> before.plusMillis(1));
      driver.advanceWallClockTime(Duration.ofMillis(1));
    }
  }

  @Test
  void whatIsToBeMaskedIsMaskedBeforeTheModelOrAnyTopicSeesIt() throws IOException {
    redaction = Redaction.of("emails");
    restart(new StubEngine(), LIMITS, true);
    publish("write to a@b.ru", "unscorable");
    tickets.pipeInput(
        new TestRecord<>(utf8("id-x"), utf8("{\"text\": \"a@b.ru\", 7}"), null, START));
    tickets.pipeInput(
        new TestRecord<>(utf8("id-y"), utf8("{\"text\": \"a\\\\u0040b.ru\", 7}"), null, START));
    pass(LINGER);

    assertThat(engine.texts()).containsExactly("write to [EMAIL]", "unscorable");
    ScoredTicket scored = EventJson.readScored(priorities().readValue());
    assertThat(scored.text()).isEqualTo("write to [EMAIL]");
    assertThat(scored.textSha256()).isEqualTo(Sha256.hex("write to [EMAIL]"));
    List<Rejection> rejected =
        rejections().readValuesToList().stream()
            .map(ScoringTopologyTest::readRejection)
            .sorted(Comparator.comparing(Rejection::taskId))
            .toList();
    assertThat(rejected)
        .extracting(Rejection::taskId)
        .containsExactly("id-unscorable", "id-x", "id-y");
    assertThat(original(rejected.get(1))).isEqualTo("{\"text\": \"[EMAIL]\", 7}");
    assertThat(rejected.get(2).original()).as("may spell anything in its escapes").isNull();
    assertThat(rejected.get(2).originalSize()).isPositive();
  }

  @Test
  void withheldOriginalsAreNowhereInARejection() {
    restart(new StubEngine(), LIMITS, false);
    publish("unscorable");
    tickets.pipeInput(new TestRecord<>(utf8("id-x"), utf8("hunter2"), null, START));
    pass(LINGER);

    assertThat(rejections().readValuesToList())
        .hasSize(2)
        .allSatisfy(
            value -> {
              Rejection rejection = readRejection(value);
              assertThat(rejection.original()).isNull();
              assertThat(rejection.originalSize()).isPositive();
              assertThat(rejection.originalSha256()).hasSize(64);
            });
  }

  private static String original(Rejection rejection) {
    return new String(
        Base64.getDecoder().decode(String.valueOf(rejection.original())), StandardCharsets.UTF_8);
  }

  @Test
  void whatWasReceivedUntilItsErasureLeavesWithoutItsTextWheneverItIsRead() throws IOException {
    erase("id-secret", START);
    tickets.pipeInput(new TestRecord<>(utf8("id-secret"), json("secret"), null, START));
    tickets.pipeInput(
        new TestRecord<>(utf8("id-secret"), json("new version"), null, START.plusMillis(1)));
    tickets.pipeInput(new TestRecord<>(utf8("id-other"), json("secret too"), null, START));
    pass(LINGER);

    List<TestRecord<String, byte[]>> records = priorities().readRecordsToList();
    assertThat(records).hasSize(4);
    assertThat(records.get(0).key()).isEqualTo("id-secret");
    assertThat(records.get(0).value()).as("a tombstone").isNull();
    ScoredTicket erased = readScored(records.get(1).value());
    assertThat(erased.taskPriority()).isEqualTo("LABEL_1");
    assertThat(erased.erasedAt()).isEqualTo(START);
    assertThat(erased.text()).isNull();
    assertThat(erased.textSha256()).isNull();
    assertThat(new String(records.get(1).value(), StandardCharsets.UTF_8))
        .doesNotContain("\"secret\"")
        .doesNotContain(Sha256.hex("secret"));
    assertThat(readScored(records.get(2).value()).text()).isEqualTo("new version");
    assertThat(readScored(records.get(3).value()).text()).isEqualTo("secret too");
  }

  @Test
  void aTicketErasedWhileItWaitsForItsBatchLeavesWithoutItsText() throws IOException {
    publish("secret");
    erase("id-secret", START.plusSeconds(1));
    pass(LINGER);

    assertThat(priorities().readRecord().value()).isNull();
    assertThat(readScored(priorities().readRecord().value()).text()).isNull();
  }

  @Test
  void aRejectionOfAnErasedTicketHoldsNothingOfIt() throws IOException {
    erase("id-unscorable", START.plusSeconds(1));
    erase("id-broken", START.plusSeconds(1));
    publish("unscorable");
    tickets.pipeInput(new TestRecord<>(utf8("id-broken"), utf8("{\"text\": secret"), null, START));
    pass(LINGER);

    assertThat(rejections().readValuesToList())
        .hasSize(2)
        .allSatisfy(
            value -> {
              Rejection rejection = readRejection(value);
              assertThat(rejection.original()).isNull();
              assertThat(rejection.originalSha256()).isNull();
              assertThat(rejection.message()).isEqualTo(Rejection.ERASED_MESSAGE);
              assertThat(rejection.erasedAt()).isEqualTo(START.plusSeconds(1));
            });
  }

  @Test
  void theVersionThatWasKnownIsErasedAlsoWhereTheBrokersClocksDiffer() throws IOException {
    erase(new Erasure("id-secret", START, null, START.plusMillis(70)), START);
    tickets.pipeInput(
        new TestRecord<>(utf8("id-secret"), json("secret"), null, START.plusMillis(70)));
    pass(LINGER);

    priorities().readRecord();
    assertThat(readScored(priorities().readRecord().value()).text()).isNull();
  }

  @Test
  void whatIsNoErasureIsPassedOver() {
    erasures().pipeInput(new TestRecord<>(utf8("id-a"), null, null, START));
    erasures().pipeInput(new TestRecord<>(utf8("id-a"), utf8("nonsense"), null, START));
    erasures().pipeInput(new TestRecord<>(utf8("no id"), utf8("{}"), null, START));
    publish("a", "b", "c", "d");

    assertThat(priorities().readRecordsToList())
        .allSatisfy(record -> assertThat(readScored(record.value()).text()).isNotNull());
  }

  @Test
  void anErasureOlderThanAnyTicketIsDropped() {
    erase("id-old", START);
    erase(new Erasure("id-new", START, null, START.plus(Duration.ofDays(60))), START);
    KeyValueStore<String, Long> store = driver.getKeyValueStore(ErasedTickets.STORE);

    driver.advanceWallClockTime(TopicRetention.DEFAULT.erasures());
    assertThat(store.get("id-old")).isNotNull();
    driver.advanceWallClockTime(Duration.ofHours(1));

    assertThat(store.get("id-old")).isNull();
    assertThat(store.get("id-new")).isNotNull();
  }

  private void erase(String id, Instant at) {
    erase(new Erasure(id, at, null, null), at);
  }

  private void erase(Erasure erasure, Instant at) {
    erasures()
        .pipeInput(new TestRecord<>(utf8(erasure.taskId()), EventJson.write(erasure), null, at));
  }

  private TestInputTopic<byte[], byte[]> erasures() {
    return driver.createInputTopic(
        Topics.ERASURES, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private List<String> scoredIds() {
    return priorities().readRecordsToList().stream().map(TestRecord::key).toList();
  }

  private void restart(StubEngine engine, BatchLimits limits, boolean withText) {
    driver.close();
    this.engine = engine;
    driver = driver(engine, limits, withText);
    tickets = tickets();
  }

  private Topology topology(StubEngine engine, BatchLimits limits, boolean withText) {
    return ScoringTopology.build(
        Lane.TICKETS,
        engine,
        new BatchPace(limits, Duration.ofSeconds(1), () -> false, 1_000_000),
        TEXT_MAX_CHARS,
        redaction,
        withText,
        TopicRetention.DEFAULT,
        new ScorerMeters(registry, new ServiceLevel(SLA, () -> "LABEL_1"), now::get),
        now::get,
        () -> Duration.between(START, now.get()).toNanos());
  }

  private TopologyTestDriver driver(StubEngine engine, BatchLimits limits, boolean withText) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    return new TopologyTestDriver(topology(engine, limits, withText), settings, START);
  }

  private TestInputTopic<byte[], byte[]> tickets() {
    return driver.createInputTopic(
        Topics.TICKETS, new ByteArraySerializer(), new ByteArraySerializer(), START, Duration.ZERO);
  }

  private TestOutputTopic<String, byte[]> priorities() {
    return driver.createOutputTopic(
        Topics.PRIORITIES, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private TestOutputTopic<String, byte[]> rejections() {
    return driver.createOutputTopic(
        Topics.REJECTIONS, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private static ScoredTicket readScored(byte[] json) {
    try {
      return EventJson.readScored(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Rejection readRejection(byte[] json) {
    try {
      return EventJson.readRejection(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String header(Headers headers, String name) {
    return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static byte[] json(String text) {
    return EventJson.write(Map.of("text", text));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
