package tickets.scorer.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One forward pass on one thread. bf16 is asked for by {@code -p precision=bf16} where the
 * processor has it.
 */
@NullUnmarked // JMH fills the fields.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class PassBenchmark {
  private static final int VOCABULARY = 30_000;

  @Param({"fp32", "int8"})
  public String precision;

  /** Tokens of each ticket. */
  @Param({"16", "64", "256"})
  public int length;

  /** Tickets of the pass. */
  @Param({"1", "16"})
  public int tickets;

  private TicketTokenizer tokenizer;
  private BertPriorityModel model;
  private TokenBatch pass;

  @Setup
  public void load() {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Path directory = home.resolve("models/ticket-priority-ru-en");
    ModelManifest manifest =
        ModelManifest.read(directory, Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    tokenizer = TicketTokenizer.load(directory, manifest.maxTokens());
    model = BertPriorityModel.load(directory, manifest, tokenizer, KeptCalibration.nowhere());
    List<int[]> sequences = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < tickets; i++) {
      sequences.add(random.ints(length, 5, VOCABULARY).toArray());
    }
    pass = TokenBatch.of(sequences);
  }

  @TearDown
  public void close() {
    model.close();
    tokenizer.close();
  }

  @Benchmark
  public float[][] logits() {
    return model.logits(pass);
  }
}
