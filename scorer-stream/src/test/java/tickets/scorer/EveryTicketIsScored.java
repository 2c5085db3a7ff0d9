package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketHeaders;
import tickets.scorer.TestKafka.Arrival;

/** Every record of the topic ends in exactly one committed outcome, on whatever broker. */
abstract class EveryTicketIsScored {

  private static final Duration LINGER = Duration.ofMillis(5);

  @TempDir Path state;

  abstract TestKafka kafka();

  @Test
  void everyRecordEndsInOneOutcomeGarbageIncluded() {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int partition = i % 4;
      records.add(
          switch (i % 10) {
            case 3 -> TestKafka.raw(partition, null, "{broken".getBytes(StandardCharsets.UTF_8));
            case 6 -> TestKafka.raw(partition, "mixed-" + i, null);
            case 8 -> TestKafka.ticket(partition, "mixed-" + i, "unscorable " + i);
            default -> TestKafka.ticket(partition, "mixed-" + i, "text " + i);
          });
    }
    List<RecordMetadata> positions = kafka().publish(records);

    try (TestScorer scorer = start(new StubEngine(), 32)) {
      List<Arrival> arrivals = kafka().awaitOutcomes(300, isAtOneOf(positions));

      assertThat(arrivals)
          .extracting(arrival -> position(arrival.outcome()))
          .containsExactlyInAnyOrderElementsOf(
              positions.stream().map(EveryTicketIsScored::position).toList());
      assertThat(arrivals).filteredOn(a -> a.outcome() instanceof ScoredTicket).hasSize(210);
      assertThat(codes(arrivals, Rejection.Code.UNREADABLE)).isEqualTo(60);
      assertThat(codes(arrivals, Rejection.Code.MODEL_FAILED)).isEqualTo(30);
      assertThat(arrivals)
          .allSatisfy(
              arrival ->
                  assertThat(new String(arrival.record().key(), StandardCharsets.UTF_8))
                      .isEqualTo(arrival.outcome().taskId()));
    }
  }

  @Test
  void resultsOfAPartitionKeepTheOrderOfItsTickets() {
    // The same key each time, so that all results are on one partition, too.
    List<RecordMetadata> positions =
        kafka()
            .publish(
                IntStream.range(0, 100)
                    .mapToObj(i -> TestKafka.ticket(1, "ordered", "v" + i))
                    .toList());

    try (TestScorer scorer = start(new StubEngine(), 7)) {
      List<Arrival> arrivals = kafka().awaitOutcomes(100, isAtOneOf(positions));

      assertThat(arrivals)
          .extracting(arrival -> ((ScoredTicket) arrival.outcome()).text())
          .containsExactlyElementsOf(IntStream.range(0, 100).mapToObj(i -> "v" + i).toList());
    }
  }

  @Test
  void traceAndReplyChannelTravelOn() {
    ProducerRecord<byte[], byte[]> ticket = TestKafka.ticket(2, "traced", "hello");
    String channel = "replies:" + UUID.randomUUID();
    ticket.headers().add(TicketHeaders.REPLY_CHANNEL, channel.getBytes(StandardCharsets.UTF_8));
    ticket.headers().add(TicketHeaders.TRACEPARENT, "00-trace".getBytes(StandardCharsets.UTF_8));
    ticket.headers().add("x-other", new byte[10]);
    List<RecordMetadata> positions = kafka().publish(List.of(ticket));

    try (TestScorer scorer = start(new StubEngine(), 4)) {
      Arrival arrival = kafka().awaitOutcomes(1, isAtOneOf(positions)).get(0);

      assertThat(TicketHeaders.replyChannel(arrival.record().headers())).contains(channel);
      assertThat(arrival.record().headers().lastHeader(TicketHeaders.TRACEPARENT).value())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("00-trace");
      assertThat(arrival.record().headers().lastHeader("x-other")).isNull();
    }
  }

  @Test
  void aBatchThatWaitsSurvivesACleanRestart() {
    List<RecordMetadata> positions;
    StubEngine never = new StubEngine();
    try (TestScorer scorer =
        TestScorer.start(kafka().servers(), state, never, 64, Duration.ofSeconds(30))) {
      scorer.awaitRunning();
      // Behind them what is no ticket: so the batch does not see that they are the last ones.
      positions =
          kafka()
              .publish(
                  Stream.concat(
                          IntStream.range(0, 10)
                              .mapToObj(i -> TestKafka.ticket(0, "held-" + i, "t")),
                          Stream.of(TestKafka.raw(0, "no-ticket", new byte[] {'{'})))
                      .toList());
      kafka().awaitConsumed(0, positions.get(10).offset());
    }
    assertThat(never.batches()).isEmpty();

    try (TestScorer scorer = start(new StubEngine(), 64)) {
      List<Arrival> arrivals = kafka().awaitOutcomes(10, isAtOneOf(positions.subList(0, 10)));

      assertThat(arrivals)
          .extracting(arrival -> arrival.outcome().taskId())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 10).mapToObj(i -> "held-" + i).toList());
    }
  }

  TestScorer start(StubEngine engine, int maxTickets) {
    return TestScorer.start(kafka().servers(), state, engine, maxTickets, LINGER);
  }

  static void waitFor(CountDownLatch latch, Duration limit) {
    try {
      latch.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long codes(List<Arrival> arrivals, Rejection.Code code) {
    return arrivals.stream()
        .filter(a -> a.outcome() instanceof Rejection rejection && rejection.code() == code)
        .count();
  }

  static Predicate<Outcome> isAtOneOf(List<RecordMetadata> positions) {
    List<String> wanted = positions.stream().map(EveryTicketIsScored::position).toList();
    return outcome -> wanted.contains(position(outcome));
  }

  private static String position(RecordMetadata position) {
    return position.partition() + "@" + position.offset();
  }

  private static String position(Outcome outcome) {
    return outcome.sourcePartition() + "@" + outcome.sourceOffset();
  }
}
