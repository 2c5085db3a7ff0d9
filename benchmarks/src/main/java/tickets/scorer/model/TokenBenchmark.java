package tickets.scorer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import tickets.contract.EventJson;

/** What a batch costs before the model sees it: texts to tokens, and tokens to passes. */
@NullUnmarked // JMH fills the fields.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TokenBenchmark {

  /** Tickets of the mix that come together. */
  @Param({"1", "64"})
  public int tickets;

  private TicketTokenizer tokenizer;
  private List<String> texts;
  private List<int[]> sequences;

  @Setup
  public void load() throws IOException {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    tokenizer = TicketTokenizer.load(home.resolve("models/ticket-priority-ru-en"), 256);
    texts =
        Files.readAllLines(home.resolve("benchmarks/workloads/mix.jsonl")).stream()
            .limit(tickets)
            .map(line -> EventJson.mapper().readTree(line).path("text").asString())
            .toList();
    sequences = tokens();
  }

  @TearDown
  public void close() {
    tokenizer.close();
  }

  private List<int[]> tokens() {
    List<int[]> tokens = new ArrayList<>();
    for (String text : texts) {
      tokens.add(tokenizer.tokens(text).ids());
    }
    return tokens;
  }

  @Benchmark
  public List<int[]> tokenise() {
    return tokens();
  }

  @Benchmark
  public List<TokenBatch> cut() {
    return TokenBatch.cut(sequences, 4_096, 12, PriorityModel.PASS_MULTIPLE, 512);
  }
}
