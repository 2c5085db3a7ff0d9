package tickets.benchmarks.engine;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tickets.benchmarks.Figures;
import tickets.benchmarks.processes.Usage;
import tickets.contract.EventJson;
import tickets.scorer.model.Precision;
import tools.jackson.databind.JsonNode;

/**
 * One engine in a process of its own, as two native engines in one would share what they should not
 * (OpenMP, the C++ library). It is asked on standard input, a line each, and answers with a line of
 * JSON on standard output; end of input ends it. {@link Engine} is the other end.
 *
 * <ul>
 *   <li>{@code round N}: scores that round's texts with all threads; a {@link Round}
 *   <li>{@code singles N}: scores the first N texts one by one with one thread; {@link Singles}
 *   <li>{@code judge FILE}: scores the labelled tickets held back from training; a {@link Judged}
 * </ul>
 */
final class EngineProcess {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** Of these an engine without a size of its own takes the one it is quickest with here. */
  private static final int[] BATCHES = {8, 16, 32, 64, 128};

  /** Texts that are enough to see which. */
  private static final int SAMPLE = 128;

  /** As many as the scorer-stream takes by default. */
  private static final int OUR_BATCH = 128;

  private final Contestant contestant;
  private final List<String> texts;
  private final int threads;
  private final int perThread;

  private EngineProcess(Contestant contestant, List<String> texts, int threads, int perThread) {
    this.contestant = contestant;
    this.texts = texts;
    this.threads = threads;
    this.perThread = perThread;
  }

  /**
   * Arguments: texts, threads, tickets a thread and round, model directory, and which engine: a
   * precision of ours (with the size of its batches as in {@code int8@64}), {@code djl}, or an ONNX
   * file.
   */
  public static void main(String... arguments) throws Exception {
    PrintStream answers = System.out;
    // Libraries that greet on standard output would be taken for an answer.
    System.setOut(System.err);
    List<String> texts = texts(Path.of(arguments[0]));
    int threads = Integer.parseInt(arguments[1]);
    int perThread = Integer.parseInt(arguments[2]);
    Path model = Path.of(arguments[3]);
    List<String> sample = texts.subList(0, Math.min(SAMPLE, texts.size()));
    try (Contestant contestant = contestant(arguments[4], model, sample)) {
      EngineProcess process = new EngineProcess(contestant, texts, threads, perThread);
      answers.println(json(contestant.who()));
      BufferedReader questions =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      String line;
      while ((line = questions.readLine()) != null) {
        answers.println(json(process.answer(line)));
      }
    }
  }

  private static String json(Object answer) {
    return EventJson.mapper().writeValueAsString(answer);
  }

  private static List<String> texts(Path file) throws IOException {
    List<String> texts = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      texts.add(EventJson.mapper().readTree(line).path("text").asString());
    }
    return texts;
  }

  private static Contestant contestant(String engine, Path model, List<String> sample) {
    if (engine.endsWith(".onnx")) {
      Path tokenizer = model.resolve("tokenizer.json");
      return best(new OnnxRuntime(Path.of(engine), tokenizer), sample);
    }
    if (engine.equals(Engine.DJL)) {
      return best(new DjlPredictor(model), sample);
    }
    String[] words = engine.split("@", 2);
    Precision precision = Precision.valueOf(words[0].toUpperCase(Locale.ROOT));
    int batch = words.length == 1 ? OUR_BATCH : Integer.parseInt(words[1]);
    return new OurEngine(model, precision, batch);
  }

  private static Contestant best(Contestant.Batched contestant, List<String> sample) {
    long[] shortest = new long[BATCHES.length];
    Arrays.fill(shortest, Long.MAX_VALUE);
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < BATCHES.length; i++) {
        contestant.batchesOf(BATCHES[i]);
        long start = System.nanoTime();
        contestant.score(sample);
        shortest[i] = Math.min(shortest[i], System.nanoTime() - start);
      }
    }
    int best = 0;
    for (int i = 1; i < BATCHES.length; i++) {
      best = shortest[i] < shortest[best] ? i : best;
    }
    contestant.batchesOf(BATCHES[best]);
    return contestant;
  }

  private Object answer(String question) throws Exception {
    String[] words = question.split(" ", 2);
    return switch (words[0]) {
      case "round" -> round(Integer.parseInt(words[1]));
      case "singles" -> singles(Integer.parseInt(words[1]));
      case "judge" -> judge(Path.of(words[1]));
      default -> throw new IllegalArgumentException(question);
    };
  }

  /** What a thread scores in a round; no two threads the same, and all engines the same. */
  private List<String> slice(int round, int thread) {
    List<String> slice = new ArrayList<>(perThread);
    int from = (round * threads + thread) * perThread;
    for (int i = 0; i < perThread; i++) {
      slice.add(texts.get((from + i) % texts.size()));
    }
    return slice;
  }

  private Round round(int round) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Contestant.Work>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        List<String> slice = slice(round, thread);
        tasks.add(() -> contestant.score(slice));
      }
      long cpu = SYSTEM.getProcessCpuTime();
      long start = System.nanoTime();
      Contestant.Work work = Contestant.Work.NONE;
      for (Future<Contestant.Work> done : pool.invokeAll(tasks)) {
        work = work.plus(done.get());
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
      int tickets = threads * perThread;
      return new Round(
          round,
          contestant.who().name(),
          tickets / seconds,
          cpuSeconds / tickets * 1_000,
          (double) work.tokens() / tickets,
          1 - (double) work.tokens() / work.paddedTokens(),
          work.tokeniseNanos() / 1e9 / (seconds * threads),
          Figures.round(Usage.of(List.of(ProcessHandle.current())).pssMib()));
    } finally {
      pool.shutdownNow();
    }
  }

  private Singles singles(int count) {
    Figures millis = new Figures();
    for (int i = 0; i < count; i++) {
      List<String> text = List.of(texts.get(i % texts.size()));
      long start = System.nanoTime();
      contestant.score(text);
      millis.add((System.nanoTime() - start) / 1e6);
    }
    return new Singles(millis.percentile(50), millis.percentile(99));
  }

  private Judged judge(Path file) throws IOException {
    List<Integer> labels = new ArrayList<>();
    List<Contestant.Answer> answers = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode row = EventJson.mapper().readTree(line);
      if (row.path("split").asString("").equals("validation")) {
        labels.add(row.path("label").intValue());
        answers.add(contestant.answer(row.path("text").asString()));
      }
    }
    return new Judged(
        labels,
        answers.stream().map(Contestant.Answer::chosen).toList(),
        answers.stream().map(Contestant.Answer::probabilities).toList());
  }
}
