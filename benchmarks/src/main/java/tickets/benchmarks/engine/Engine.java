package tickets.benchmarks.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tickets.benchmarks.Progress;
import tickets.benchmarks.processes.Servers;
import tickets.contract.EventJson;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.Precision;
import tickets.scorer.reading.TextReading;

/** An engine in a process of its own, from the side of whoever measures it. */
public final class Engine implements AutoCloseable {

  /** A predictor as DJL's examples write it; needs no file of its own. */
  public static final String DJL = "djl";

  /** Before the Python that has what benchmarks/peers/requirements.txt names. */
  private static final String TRANSFORMERS = "transformers:";

  /**
   * What all engines of a comparison get alike.
   *
   * @param texts one JSON object with {@code text} a line; other engines than ours get them as read
   * @param threads that score at once
   * @param perThread tickets of each in a round
   * @param model in Hugging Face layout
   */
  public record Conditions(Path texts, int threads, int perThread, Path model) {}

  private final Process process;
  private final PrintWriter questions;
  private final BufferedReader answers;
  private final Path said;
  private final Contestant.Who who;

  private Engine(Process process, Path said, String wanted) throws IOException {
    this.process = process;
    this.said = said;
    questions = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String hello = answers.readLine();
    if (hello == null) {
      String reason = reason();
      close();
      throw new IOException(wanted + " does not run here. " + reason);
    }
    who = EventJson.mapper().readValue(hello, Contestant.Who.class);
  }

  /**
   * Returns when it is ready.
   *
   * @param wanted a precision of ours, {@link #DJL}, an ONNX file, or {@link #transformers}
   * @throws IOException if it does not run on this machine; the message says why
   */
  public static Engine start(String wanted, Conditions conditions) throws IOException {
    List<String> command =
        new ArrayList<>(
            wanted.startsWith(TRANSFORMERS)
                ? List.of(wanted.substring(TRANSFORMERS.length()), script())
                : java());
    command.addAll(
        List.of(
            (isOurs(wanted) ? conditions.texts() : asRead(conditions)).toString(),
            Integer.toString(conditions.threads()),
            Integer.toString(conditions.perThread()),
            conditions.model().toString()));
    if (!wanted.startsWith(TRANSFORMERS)) {
      command.add(wanted);
    }
    Path said = Files.createTempFile("engine-", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(said.toFile());
    // For all alike, unless the caller has set another value to see what comes of it.
    Servers.AS_IN_THE_IMAGES.forEach(builder.environment()::putIfAbsent);
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    long start = System.nanoTime();
    Engine engine = new Engine(process, said, wanted);
    Progress.line("%s: ready after %.1f s", engine.name(), (System.nanoTime() - start) / 1e9);
    return engine;
  }

  private static boolean isOurs(String wanted) {
    return !wanted.startsWith(TRANSFORMERS) && !wanted.endsWith(".onnx") && !wanted.equals(DJL);
  }

  /**
   * The texts without what the product sets aside before it scores them, quoted mail and the like:
   * who is compared with it works through the same tokens, and is spared the reading.
   */
  private static Path asRead(Conditions conditions) throws IOException {
    TextReading reading = ModelManifest.read(conditions.model(), Precision.FP32).reading();
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(conditions.texts())) {
      String text = EventJson.mapper().readTree(line).path("text").asString();
      lines.add(EventJson.mapper().writeValueAsString(Map.of("text", reading.read(text).text())));
    }
    Path file = Files.createTempFile("texts-as-read-", ".jsonl");
    file.toFile().deleteOnExit();
    return Files.write(file, lines);
  }

  private static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx1g",
        "-XX:+UseSerialGC",
        "-Dai.djl.offline=true",
        "-DOPT_OUT_TRACKING=true",
        // For all alike: what one native thread for each of ours comes to.
        "-Dai.djl.pytorch.num_threads=1",
        "-Dai.djl.pytorch.num_interop_threads=1",
        "-cp",
        System.getProperty("java.class.path"),
        EngineProcess.class.getName());
  }

  private static String script() {
    return Path.of(System.getProperty("benchmarks.home", ""))
        .resolve("benchmarks/peers/transformers_rate.py")
        .toAbsolutePath()
        .toString();
  }

  /** Those that run here; why others do not is told. */
  public static List<Engine> startAll(List<String> wanted, Conditions conditions) {
    List<Engine> engines = new ArrayList<>();
    for (String each : wanted) {
      try {
        engines.add(start(each, conditions));
      } catch (IOException e) {
        Progress.line("%s", e.getMessage());
      }
    }
    return engines;
  }

  /** The peers that a path stands for: an ONNX file, or all of a directory. */
  public static List<String> peers(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path.toString());
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.map(Path::toString).filter(file -> file.endsWith(".onnx")).sorted().toList();
    }
  }

  /** Plain transformers, under this Python. */
  public static String transformers(Path python) {
    return TRANSFORMERS + python;
  }

  public String name() {
    return who.name();
  }

  /** That is served; empty for a peer. */
  public String precision() {
    return who.precision();
  }

  /** Of the model in that precision; empty for a peer. */
  public String digest() {
    return who.digest();
  }

  public Round round(int number) throws IOException {
    return ask("round " + number, Round.class);
  }

  /** The first texts one by one. */
  public Singles singles(int count) throws IOException {
    return ask("singles " + count, Singles.class);
  }

  /**
   * @param labelled tickets, of which those held back from training are scored
   */
  public Judged judge(Path labelled) throws IOException {
    return ask("judge " + labelled, Judged.class);
  }

  private <T> T ask(String question, Class<T> answer) throws IOException {
    questions.println(question);
    String line = answers.readLine();
    if (line == null) {
      throw new IOException(name() + " has ended before it had answered. " + reason());
    }
    return EventJson.mapper().readValue(line, answer);
  }

  private String reason() throws IOException {
    try (Stream<String> lines = Files.lines(said)) {
      return lines
          .filter(line -> line.contains("Exception") || line.contains("Error"))
          .findFirst()
          .orElse("");
    }
  }

  @Override
  public void close() {
    questions.close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.deleteIfExists(said);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      Progress.line("%s is left over: %s", said, e.getMessage());
    }
  }
}
