package tickets.benchmarks.jmh;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import tickets.contract.EventJson;
import tickets.contract.ScoredTicket;
import tickets.contract.StageTimes;

/** Events to JSON and back, as scorer-stream and results-sink do it for every ticket. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class EventJsonBenchmark {
  private final ScoredTicket ticket = ticket();
  private final byte[] json = EventJson.write(ticket);

  @Benchmark
  public byte[] write() {
    return EventJson.write(ticket);
  }

  @Benchmark
  public ScoredTicket read() throws IOException {
    return EventJson.readScored(json);
  }

  private static ScoredTicket ticket() {
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("LABEL_0", 0.012345678);
    scores.put("LABEL_1", 0.023456789);
    scores.put("LABEL_2", 0.034567891);
    scores.put("LABEL_3", 0.929629642);
    Instant time = Instant.parse("2026-01-01T00:00:00.123Z");
    return new ScoredTicket(
        "018cc251-f400-7000-8000-000000000000",
        "LABEL_3",
        0.929629642,
        "critical",
        scores,
        new ScoredTicket.Decision("argmax", 0.9131846275019, null, false),
        new ScoredTicket.Model("ticket-priority-ru-en", "1.0.0", "0".repeat(64)),
        false,
        false,
        time,
        time.plusMillis(80),
        StageTimes.of(
            Duration.ofMillis(3), Duration.ofMillis(5), Duration.ofMillis(1), Duration.ofMillis(9)),
        "f".repeat(64),
        "tickets",
        2,
        123_456,
        "Касса не печатает чеки с утра, очередь до двери. ".repeat(5),
        null);
  }
}
