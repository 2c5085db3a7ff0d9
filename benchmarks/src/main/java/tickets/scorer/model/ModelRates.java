package tickets.scorer.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tickets.benchmarks.Machine;
import tickets.benchmarks.Progress;
import tickets.contract.EventJson;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tickets a second by shape of the model, size of the batch and number of threads, for a GPU above
 * all: of the model alone, on tickets of equal length that are tokens already, and with tokenising
 * on the mix.
 */
public final class ModelRates {
  private static final String USAGE =
      """
      Usage: benchmarks/model-rates [--model DIR] [--texts FILE] [--batches L] [--tokens N] [--threads L] [--seconds N] [--json FILE]

      Tickets a second through the model alone and with tokenising, in the precision that MODEL_PRECISION=auto chooses here.
        --model DIR    in Hugging Face layout, several by commas; base: BERT-base (12 layers, 768 wide) with random weights
                       (models/ticket-priority-ru-en,base)
        --texts FILE   one JSON object with "text" a line (benchmarks/workloads/mix.jsonl)
        --batches L    tickets of a batch (64,1024)
        --tokens N     of each ticket of the model alone (64)
        --threads L    that score at once (1,2)
        --seconds N    of each figure, after as many of warming up (4)
        --json FILE    where the figures go
      """;

  private static final List<String> NAMES =
      List.of("--model", "--texts", "--batches", "--tokens", "--threads", "--seconds", "--json");

  private static final String BASE = "base";

  private ModelRates() {}

  /**
   * @param part "model" for passes of equal length, "texts" with tokenising on the mix
   * @param tokeniseShare of the threads' time; 0 where nothing is tokenised
   */
  record Rate(
      String model,
      String precision,
      String part,
      int batch,
      int threads,
      double ticketsPerSecond,
      double tokensPerSecond,
      double tokeniseShare) {}

  record Result(Machine machine, boolean gpu, List<Rate> rates) {}

  public static void main(String... arguments) throws Exception {
    Map<String, String> options = options(arguments);
    if (options.containsKey("--help")) {
      System.out.print(USAGE);
      return;
    }
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    Path bundled = home.resolve("models/ticket-priority-ru-en");
    List<String> texts = new ArrayList<>();
    for (String line :
        Files.readAllLines(
            Path.of(
                options.getOrDefault(
                    "--texts", home.resolve("benchmarks/workloads/mix.jsonl").toString())))) {
      texts.add(EventJson.mapper().readTree(line).path("text").asString());
    }
    int[] batches = numbers(options.getOrDefault("--batches", "64,1024"));
    int[] threads = numbers(options.getOrDefault("--threads", "1,2"));
    int tokens = numbers(options.getOrDefault("--tokens", "64"))[0];
    int seconds = numbers(options.getOrDefault("--seconds", "4"))[0];
    Machine machine = Machine.now();
    List<Rate> rates = new ArrayList<>();
    boolean gpu = false;
    for (String name : options.getOrDefault("--model", bundled + "," + BASE).split(",")) {
      Path directory = name.equals(BASE) ? base(bundled) : Path.of(name);
      Precision precision = BertPriorityModel.choices(Precision.AUTO).get(0);
      ModelManifest manifest = ModelManifest.read(directory, precision);
      String label = name.equals(BASE) ? "BERT-base shape" : directory.getFileName().toString();
      TicketTokenizer tokenizer = TicketTokenizer.load(directory, manifest.maxTokens());
      PriorityModel model =
          BertPriorityModel.load(directory, manifest, tokenizer, KeptCalibration.nowhere());
      try (TicketScorer scorer = new TicketScorer(tokenizer, model, manifest)) {
        gpu = model.onGpu();
        for (int batch : batches) {
          for (int count : threads) {
            rates.add(
                show(
                    label,
                    precision,
                    "model",
                    batch,
                    count,
                    alone(model, batch, tokens, count, seconds)));
          }
        }
        for (int batch : batches) {
          for (int count : threads) {
            rates.add(
                show(
                    label,
                    precision,
                    "texts",
                    batch,
                    count,
                    whole(scorer, texts, batch, count, seconds)));
          }
        }
      }
    }
    if (options.containsKey("--json")) {
      Files.write(
          Path.of(options.get("--json")),
          EventJson.mapper()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsBytes(new Result(machine, gpu, rates)));
    }
  }

  /** What a thread got through. */
  private record Done(long tickets, long tokens, long tokeniseNanos) {}

  private record Measured(double ticketsPerSecond, double tokensPerSecond, double tokeniseShare) {}

  private static Rate show(
      String model, Precision precision, String part, int batch, int threads, Measured measured) {
    Rate rate =
        new Rate(
            model,
            precision.toString().toLowerCase(Locale.ROOT),
            part,
            batch,
            threads,
            measured.ticketsPerSecond(),
            measured.tokensPerSecond(),
            measured.tokeniseShare());
    Progress.line(
        "%-24s %-5s %-6s batches of %5d  %2d threads  %10.1f tickets/s  %12.0f tokens/s  %4.1f %% tokenising",
        rate.model(),
        rate.precision(),
        rate.part(),
        batch,
        threads,
        rate.ticketsPerSecond(),
        rate.tokensPerSecond(),
        100 * rate.tokeniseShare());
    return rate;
  }

  private static Measured alone(
      PriorityModel model, int batch, int tokens, int threads, int seconds) throws Exception {
    int highest = 30_000;
    List<TokenBatch> passes = new ArrayList<>();
    Random random = new Random(1);
    // More than one, so that no pass finds its own input in a cache.
    for (int i = 0; i < 8; i++) {
      List<int[]> sequences = new ArrayList<>();
      for (int ticket = 0; ticket < batch; ticket++) {
        sequences.add(random.ints(tokens, 5, highest).toArray());
      }
      passes.addAll(model.passes(sequences, 1));
    }
    return measure(
        threads,
        seconds,
        turn -> {
          TokenBatch pass = passes.get((int) (turn % passes.size()));
          model.logits(pass);
          return new Done(pass.size(), pass.tokens(), 0);
        });
  }

  private static Measured whole(
      TicketScorer scorer, List<String> texts, int batch, int threads, int seconds)
      throws Exception {
    return measure(
        threads,
        seconds,
        turn -> {
          List<String> together = new ArrayList<>();
          for (int i = 0; i < batch; i++) {
            together.add(texts.get((int) ((turn * batch + i) % texts.size())));
          }
          ScoredBatch scored = scorer.score(together);
          return new Done(batch, scored.tokens(), scored.tokenising().toNanos());
        });
  }

  private interface Turn {
    Done take(long number);
  }

  private static Measured measure(int threads, int seconds, Turn turn) throws Exception {
    run(threads, seconds, turn);
    return run(threads, seconds, turn);
  }

  private static Measured run(int threads, int seconds, Turn turn) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      long start = System.nanoTime();
      long end = start + seconds * 1_000_000_000L;
      List<Callable<Done>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        long first = thread * 1_000_003L;
        tasks.add(
            () -> {
              Done all = new Done(0, 0, 0);
              for (long number = first; System.nanoTime() < end; number++) {
                Done one = turn.take(number);
                all =
                    new Done(
                        all.tickets() + one.tickets(),
                        all.tokens() + one.tokens(),
                        all.tokeniseNanos() + one.tokeniseNanos());
              }
              return all;
            });
      }
      long tickets = 0;
      long tokens = 0;
      long tokenise = 0;
      for (Future<Done> done : pool.invokeAll(tasks)) {
        tickets += done.get().tickets();
        tokens += done.get().tokens();
        tokenise += done.get().tokeniseNanos();
      }
      double took = (System.nanoTime() - start) / 1e9;
      return new Measured(tickets / took, tokens / took, tokenise / 1e9 / (took * threads));
    } finally {
      pool.shutdownNow();
    }
  }

  /** BERT-base's shape with random weights, and the tokenizer of the bundled model. */
  private static Path base(Path bundled) throws IOException {
    int width = 768;
    int inner = 3_072;
    int layers = 12;
    Path directory = Files.createTempDirectory("bert-base");
    // Removed at the end in the reverse order.
    directory.toFile().deleteOnExit();
    for (String file :
        List.of("tokenizer.json", "vocab.txt", "tokenizer_config.json", "priority.json")) {
      Path copy = Files.copy(bundled.resolve(file), directory.resolve(file));
      copy.toFile().deleteOnExit();
    }
    ObjectNode config =
        (ObjectNode) EventJson.mapper().readTree(Files.readString(bundled.resolve("config.json")));
    config.put("hidden_size", width);
    config.put("intermediate_size", inner);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", 12);
    Path configuration = Files.writeString(directory.resolve("config.json"), config.toString());
    configuration.toFile().deleteOnExit();
    int window = config.path("max_position_embeddings").intValue();
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put(
        "bert.embeddings.word_embeddings.weight",
        new int[] {config.path("vocab_size").intValue(), width});
    shapes.put("bert.embeddings.position_embeddings.weight", new int[] {window, width});
    shapes.put(
        "bert.embeddings.token_type_embeddings.weight",
        new int[] {config.path("type_vocab_size").asInt(2), width});
    norm(shapes, "bert.embeddings.LayerNorm", width);
    for (int i = 0; i < layers; i++) {
      String layer = "bert.encoder.layer." + i + ".";
      for (String part : List.of("query", "key", "value")) {
        linear(shapes, layer + "attention.self." + part, width, width);
      }
      linear(shapes, layer + "attention.output.dense", width, width);
      norm(shapes, layer + "attention.output.LayerNorm", width);
      linear(shapes, layer + "intermediate.dense", inner, width);
      linear(shapes, layer + "output.dense", width, inner);
      norm(shapes, layer + "output.LayerNorm", width);
    }
    linear(shapes, "bert.pooler.dense", width, width);
    linear(shapes, "classifier", config.path("id2label").size(), width);
    Path weights = directory.resolve("model.safetensors");
    weights.toFile().deleteOnExit();
    write(shapes, weights);
    return directory;
  }

  private static void linear(Map<String, int[]> shapes, String name, int rows, int columns) {
    shapes.put(name + ".weight", new int[] {rows, columns});
    shapes.put(name + ".bias", new int[] {rows});
  }

  private static void norm(Map<String, int[]> shapes, String name, int width) {
    shapes.put(name + ".weight", new int[] {width});
    shapes.put(name + ".bias", new int[] {width});
  }

  private static void write(Map<String, int[]> shapes, Path file) throws IOException {
    ObjectNode header = EventJson.mapper().createObjectNode();
    long offset = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      long bytes = 4L * Arrays.stream(tensor.getValue()).asLongStream().reduce(1, (a, b) -> a * b);
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      Arrays.stream(tensor.getValue()).forEach(shape::add);
      entry.putArray("data_offsets").add(offset).add(offset + bytes);
      offset += bytes;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    Random random = new Random(1);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      out.write(json);
      for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
        int[] shape = tensor.getValue();
        boolean scale = tensor.getKey().endsWith("LayerNorm.weight");
        int row = shape.length == 1 ? shape[0] : shape[1];
        int rows = shape.length == 1 ? 1 : shape[0];
        ByteBuffer values = ByteBuffer.allocate(4 * row).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows; i++) {
          values.clear();
          for (int j = 0; j < row; j++) {
            values.putFloat((scale ? 1 : 0) + 0.03f * (random.nextFloat() - 0.5f));
          }
          out.write(values.array());
        }
      }
    }
  }

  private static int[] numbers(String list) {
    if (!list.matches("[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*")) {
      fail("Not a list of numbers from 1 to 99999: " + list);
    }
    return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static Map<String, String> options(String... arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--help")) {
        options.put("--help", "");
      } else if (NAMES.contains(arguments[i]) && i + 1 < arguments.length) {
        options.put(arguments[i], arguments[++i]);
      } else {
        fail("Not understood: " + arguments[i]);
      }
    }
    return options;
  }

  private static void fail(String why) {
    System.err.print(why + "\n\n" + USAGE);
    System.exit(2);
  }
}
