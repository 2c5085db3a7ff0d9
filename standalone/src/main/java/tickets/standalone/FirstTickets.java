package tickets.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import tickets.contract.EventJson;

/**
 * Two real tickets, in Russian and English, sent through the whole pipeline of this run: only their
 * answers prove that it works.
 */
final class FirstTickets {

  private static final Duration PAUSE_BETWEEN_TRIES = Duration.ofMillis(250);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(15);

  /** It is looked at once a second. */
  private static final Duration STATUS_LIMIT = Duration.ofSeconds(10);

  static final List<String> TEXTS =
      List.of(
          "База данных недоступна, встал весь склад, отгрузки остановлены",
          "Could you add dark mode please?");

  private FirstTickets() {}

  /**
   * A ticket and what the service said of it.
   *
   * @param answer the response body, JSON
   */
  record Answer(String text, String answer) {}

  /**
   * Sends both until both are answered with a priority.
   *
   * @param key shown with each; empty: none
   * @param certificate the only one the service is believed by, if it speaks HTTPS
   * @param limit how long to go on trying
   * @throws CannotStart when there is no priority by then, with the last answer
   */
  static List<Answer> send(String http, String key, String certificate, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    HttpClient client = client(certificate);
    List<Answer> answers = new ArrayList<>();
    for (String text : TEXTS) {
      answers.add(new Answer(text, scored(client, http, key, text, deadline)));
    }
    return answers;
  }

  /**
   * Waits until the service says that it is up: it looks once a second, and may not have seen yet
   * what the tickets proved. Returns all the same if it does not say so in time, for they are the
   * better proof.
   *
   * @param http as {@link #send}, like {@code key} and {@code certificate}
   */
  static void awaitStatus(String http, String key, String certificate) {
    HttpClient client = client(certificate);
    HttpRequest request = request(http + "/status", key).build();
    long deadline = System.nanoTime() + STATUS_LIMIT.toNanos();
    try {
      while (System.nanoTime() - deadline < 0 && !isUp(client, request)) {
        TimeUnit.MILLISECONDS.sleep(PAUSE_BETWEEN_TRIES.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotStart("Interrupted while its status was looked at", e);
    }
  }

  private static boolean isUp(HttpClient client, HttpRequest status) throws InterruptedException {
    try {
      return client.send(status, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static HttpClient client(String certificate) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5));
    if (!certificate.isBlank()) {
      builder.sslContext(OwnCertificate.only(Path.of(certificate)));
    }
    return builder.build();
  }

  private static HttpRequest.Builder request(String address, String key) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address)).timeout(CALL_LIMIT);
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return request;
  }

  private static String scored(
      HttpClient client, String http, String key, String text, long deadline) {
    // A fresh id, else the text cache of an earlier run could answer in the pipeline's place.
    String id = "start-" + UUID.randomUUID();
    HttpRequest request =
        request(http + "/v1/bert_prediction", key)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    EventJson.write(Map.of("task_id", id, "text", text))))
            .build();
    String last = "no answer";
    while (System.nanoTime() - deadline < 0) {
      try {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          return response.body();
        }
        last = response.statusCode() + " " + response.body();
        TimeUnit.MILLISECONDS.sleep(PAUSE_BETWEEN_TRIES.toMillis());
      } catch (IOException e) {
        last = e.toString();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CannotStart("Interrupted while the first ticket was on its way", e);
      }
    }
    throw new CannotStart(
        "Everything is up, but no ticket came through. The last answer was: "
            + last
            + ". The log file says more.");
  }
}
