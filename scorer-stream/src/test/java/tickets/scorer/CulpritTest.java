package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.scorer.TestKafka.Arrival;
import tickets.scorer.model.ModelFailure;
import tickets.scorer.model.Precision;
import tickets.scorer.model.PriorityModel;
import tickets.scorer.model.TicketScorer;
import tickets.scorer.model.TokenBatch;

/**
 * One bad ticket costs one ticket: the bundled model on a real broker, made to fail on one text.
 */
class CulpritTest {

  @RegisterExtension static final TestKafka kafka = new TestKafka();

  private static final int BATCH = 32;
  private static final int CULPRIT = 13;

  @TempDir Path state;

  @Test
  void ofABatchThatFailsOnlyTheCulpritIsRejected() {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      String text = i == CULPRIT ? "please ".repeat(80) : "Please help with invoice " + i;
      records.add(TestKafka.ticket(3, "batch-of-32-" + i, text));
    }
    List<RecordMetadata> positions = kafka.publish(records);
    List<Integer> batches = new CopyOnWriteArrayList<>();

    try (TicketScorer engine =
            TicketScorer.load(
                Path.of("../models/ticket-priority-ru-en"), Precision.AUTO, FailsOnLong::new);
        TestScorer scorer =
            TestScorer.start(
                kafka.servers(),
                state,
                texts -> {
                  batches.add(texts.size());
                  return engine.score(texts);
                },
                BATCH,
                Duration.ofSeconds(1))) {
      List<Arrival> arrivals = kafka.awaitOutcomes(BATCH, EveryTicketIsScored.isAtOneOf(positions));

      assertThat(batches).containsExactly(BATCH);
      assertThat(arrivals)
          .filteredOn(arrival -> arrival.outcome() instanceof ScoredTicket)
          .hasSize(BATCH - 1);
      assertThat(arrivals)
          .filteredOn(arrival -> arrival.outcome() instanceof Rejection)
          .singleElement()
          .extracting(arrival -> (Rejection) arrival.outcome())
          .satisfies(
              rejection -> {
                assertThat(rejection.taskId()).isEqualTo("batch-of-32-" + CULPRIT);
                assertThat(rejection.code()).isEqualTo(Rejection.Code.MODEL_FAILED);
                assertThat(rejection.sourceOffset()).isEqualTo(positions.get(CULPRIT).offset());
              });
    }
  }

  /** The real model, but no batch with a text of more than 60 tokens. */
  private record FailsOnLong(PriorityModel model) implements PriorityModel {

    @Override
    public int labelCount() {
      return model.labelCount();
    }

    @Override
    public int maxTokens() {
      return model.maxTokens();
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      if (batch.width() > 60) {
        throw new ModelFailure("made to fail on a long text");
      }
      return model.logits(batch);
    }

    /** All 32 in one pass, so that the failure is everyone's at first. */
    @Override
    public int passOverhead() {
      return 1_000_000;
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
