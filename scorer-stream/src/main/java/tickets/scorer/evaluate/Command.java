package tickets.scorer.evaluate;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import tickets.contract.EventJson;
import tickets.scorer.labelled.BadRow;
import tickets.scorer.labelled.UnusableData;
import tickets.scorer.model.ModelFailure;
import tickets.scorer.model.Precision;
import tickets.scorer.model.UnusableModel;
import tools.jackson.databind.JsonNode;

/** What the commands about models have in common: their options, errors and files. */
final class Command {
  private static final int BAD_ROWS_SHOWN = 20;

  private final Arguments arguments;
  private final PrintStream out;
  private final PrintStream errors;
  private final List<String> notes = new ArrayList<>();

  private Command(Arguments arguments, PrintStream out, PrintStream errors) {
    this.arguments = arguments;
    this.out = out;
    this.errors = errors;
  }

  /** What a command does once its options are understood. */
  interface Work {
    void doIt(Command command) throws IOException;
  }

  /**
   * @param verb what can't be done, in errors
   * @param free how many words without a name it needs
   * @return the exit status: 0 done, 2 something to be changed first
   */
  static int run(
      String verb,
      String usage,
      int free,
      Set<String> flags,
      Set<String> valued,
      List<String> words,
      PrintStream out,
      PrintStream errors,
      Work work) {
    if (words.contains("--help")) {
      out.print(usage);
      return 0;
    }
    try {
      Arguments arguments = Arguments.of(flags, valued, words);
      if (arguments.free().size() != free) {
        throw new Arguments.Misunderstood(
            "It takes " + free + " words beside its options, not " + arguments.free() + ".");
      }
      work.doIt(new Command(arguments, out, errors));
      return 0;
    } catch (Arguments.Misunderstood e) {
      errors.print(e.getMessage() + "\n\n" + usage);
      return 2;
    } catch (UnusableModel | UnusableData | ModelFailure e) {
      errors.println("Cannot " + verb + ": " + e.getMessage());
      return 2;
    } catch (IOException e) {
      errors.println("Cannot " + verb + ": a file cannot be written or read: " + e);
      return 2;
    }
  }

  Arguments arguments() {
    return arguments;
  }

  /** What the reader of the result has to know beside. */
  List<String> notes() {
    return notes;
  }

  void print(String text) {
    out.print(text);
  }

  Precision precision() {
    String name = arguments.last("--precision").orElse("auto");
    try {
      return Precision.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new Arguments.Misunderstood("--precision is auto, fp32, bf16 or int8, not " + name);
    }
  }

  /** Rows that count for nothing are named, not swallowed. */
  void passOver(List<BadRow> bad, String why) {
    if (bad.isEmpty()) {
      return;
    }
    notes.add(bad.size() + (bad.size() == 1 ? " row " : " rows ") + why + ": passed over.");
    bad.stream().limit(BAD_ROWS_SHOWN).forEach(errors::println);
    if (bad.size() > BAD_ROWS_SHOWN) {
      errors.println("… and " + (bad.size() - BAD_ROWS_SHOWN) + " more");
    }
  }

  /** Shows how far it is to who watches. */
  IntConsumer progress(String what, int all) {
    return System.console() == null
        ? done -> {}
        : done -> errors.print("\r" + what + ": " + done + " of " + all + (done < all ? "" : "\n"));
  }

  void write(String option, String text) throws IOException {
    Optional<String> file = arguments.last(option);
    if (file.isPresent()) {
      Files.writeString(Path.of(file.get()), text);
    }
  }

  void writeLines(String option, Stream<? extends JsonNode> rows) throws IOException {
    Optional<String> file = arguments.last(option);
    if (file.isEmpty()) {
      return;
    }
    try (BufferedWriter lines =
        Files.newBufferedWriter(Path.of(file.get()), StandardCharsets.UTF_8)) {
      for (JsonNode row : (Iterable<JsonNode>) rows.map(JsonNode.class::cast)::iterator) {
        lines.write(EventJson.mapper().writeValueAsString(row));
        lines.newLine();
      }
    }
  }
}
