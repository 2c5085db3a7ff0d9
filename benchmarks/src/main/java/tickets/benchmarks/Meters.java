package tickets.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The scorer's meters at one moment, as Prometheus would read them. Of two moments, the difference
 * tells what came in between.
 *
 * @param values by name; of a meter with labels, the sum over them
 */
public record Meters(Map<String, Double> values) {

  private static final String OURS = "scorer_";
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /**
   * @param management where the scorer has its probes and meters
   */
  public static Meters at(URI management) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(management.resolve("prometheus")).timeout(LIMIT).build();
    return read(
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  static Meters read(String exposition) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String line : exposition.split("\n")) {
      if (line.startsWith(OURS)) {
        values.merge(
            line.split("[ {]")[0],
            Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
            Double::sum);
      }
    }
    return new Meters(values);
  }

  /** How much a counter grew; what was not there yet was 0. */
  public double since(Meters before, String counter) {
    return values.getOrDefault(counter, 0.0) - before.values.getOrDefault(counter, 0.0);
  }

  /** Of the tokens that the model worked through, 0 to 1. */
  public double paddingShare(Meters before) {
    double tokens = since(before, "scorer_tokens_total");
    double padding = since(before, "scorer_tokens_padding_total");
    return padding / (tokens + padding);
  }

  /** In the mean; 0 where there was no batch. */
  public double ticketsPerBatch(Meters before) {
    return mean(before, "scorer_batch_tickets");
  }

  /** How much of a full batch a batch was in the mean, 0 to 1; 0 where there was none. */
  public double batchFill(Meters before) {
    return mean(before, "scorer_batch_fill");
  }

  private double mean(Meters before, String summary) {
    double count = since(before, summary + "_count");
    return count > 0 ? since(before, summary + "_sum") / count : 0;
  }
}
