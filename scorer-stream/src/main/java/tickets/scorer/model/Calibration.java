package tickets.scorer.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tickets.contract.EventJson;
import tickets.scorer.reading.TextReading;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Real tickets that int8 is fitted and checked with when a model is loaded: with the one half the
 * ranges of the activations are measured, with the other how far the probabilities move.
 *
 * @param fitted token ids of tickets whose activations set the scales
 * @param checked token ids of tickets that had no say in that
 */
record Calibration(List<int[]> fitted, List<int[]> checked) {

  /**
   * In a model's directory: tickets as its desk gets them, one JSON object with {@code text} a
   * line. Without it, tickets of the bundled model's training data are taken.
   */
  static final String FILE = "calibration.jsonl";

  /**
   * How far probabilities may move, in the mean over tickets and labels. A model that int8 moves
   * further is not served in it.
   */
  static final double MEAN_CHANGE_ALLOWED = 0.01;

  /** More would only make the start slower. */
  private static final int MOST_TEXTS = 128;

  private static final int FEWEST_TEXTS = 16;

  /**
   * @param reading what becomes of a text before its tokens, so that int8 is fitted with what it
   *     will be given
   * @throws UnusableModel if the directory has a {@link #FILE} that can't be read or says too
   *     little
   */
  static Calibration read(Path directory, TextReading reading, TicketTokenizer tokenizer) {
    Path own = directory.resolve(FILE);
    List<int[]> tokens = new ArrayList<>();
    try (InputStream in =
            Files.exists(own)
                ? Files.newInputStream(own)
                : Calibration.class.getResourceAsStream(FILE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String line;
      while (tokens.size() < MOST_TEXTS && (line = lines.readLine()) != null) {
        JsonNode text = EventJson.mapper().readTree(line).path("text");
        if (!text.isString()) {
          throw UnusableModel.file(own, "has a line without a text: " + (tokens.size() + 1) + ".");
        }
        tokens.add(tokenizer.tokens(reading.read(text.stringValue()).text()).ids());
      }
    } catch (JacksonException e) {
      throw UnusableModel.file(own, "is not JSON in line " + (tokens.size() + 1) + ".", e);
    } catch (IOException e) {
      throw UnusableModel.file(own, "cannot be read: " + e.getMessage(), e);
    }
    if (tokens.size() < FEWEST_TEXTS) {
      throw UnusableModel.file(
          own, "has " + tokens.size() + " texts; int8 needs " + FEWEST_TEXTS + " or more.");
    }
    int half = tokens.size() / 2;
    return new Calibration(
        List.copyOf(tokens.subList(0, half)), List.copyOf(tokens.subList(half, tokens.size())));
  }

  /**
   * Mean absolute difference of the probabilities that two sets of logits give.
   *
   * @return 0 to 1, or NaN where a logit is no number
   */
  static double meanChange(float[][] before, float[][] after, Scaling scaling) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < before.length; i++) {
      double[] was = scaling.probabilities(before[i]);
      double[] is = scaling.probabilities(after[i]);
      for (int label = 0; label < was.length; label++) {
        sum += Math.abs(was[label] - is[label]);
        count++;
      }
    }
    return sum / count;
  }
}
