package tickets.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.EventJson;
import tools.jackson.databind.JsonNode;

/** What docs/operations.md says of switching the model, on the whole pipeline. */
class SwitchTheModelTest {

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Path BUNDLED =
      Path.of("..").toAbsolutePath().normalize().resolve("models/ticket-priority-ru-en");
  private static final String MODELS_DIR = "MODELS_DIR";

  @TempDir static Path work;
  private static Standalone pipeline;
  private static Endpoints endpoints;
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() throws IOException {
    Path models = Files.createDirectory(work.resolve("models"));
    copyModel(models.resolve("next"), "2.0.0");
    System.setProperty(MODELS_DIR, models.toString());
    pipeline =
        new Standalone(
            new StartSettings(
                "127.0.0.1", FreePorts.one(), FreePorts.one(), work.resolve("data"), BUNDLED),
            new Progress(System.out));
    endpoints = pipeline.start().endpoints();
  }

  @AfterAll
  static void stop() {
    pipeline.close();
    System.clearProperty(MODELS_DIR);
  }

  /** The same model under another version. */
  private static void copyModel(Path to, String version) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(BUNDLED)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(file.getFileName());
        if (file.endsWith("priority.json")) {
          String manifest = Files.readString(file);
          Files.writeString(
              target, manifest.replaceFirst("(\"version\": *\")[^\"]*", "$1" + version));
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  @Test
  void forwardBackAndNoStaleAnswerBetween() throws Exception {
    String text = "The whole warehouse stands still, nothing can be shipped";
    JsonNode first = score(text);
    String digest = first.at("/model/digest").stringValue();
    assertThat(first.at("/model/version").stringValue()).isEqualTo("1.0.0");
    await().atMost(LIMIT).until(() -> score(text).get("cached").booleanValue());

    HttpResponse<String> forward = command("{\"path\": \"next\"}");
    assertThat(forward.statusCode()).as(forward.body()).isEqualTo(202);
    JsonNode status = awaitDone(1);
    assertThat(status.at("/scorers/0/model/version").stringValue()).isEqualTo("2.0.0");
    JsonNode second = score(text);
    assertThat(second.get("cached").booleanValue()).as("the first since the switch").isFalse();
    assertThat(second.at("/model/version").stringValue()).isEqualTo("2.0.0");
    assertThat(second.at("/model/digest"))
        .isEqualTo(status.at("/scorers/0/model/digest"))
        .isNotEqualTo(first.at("/model/digest"));
    assertThat(second.get("task_priority")).isEqualTo(first.get("task_priority"));

    assertThat(command("{\"rollback\": true}").statusCode()).isEqualTo(202);
    awaitDone(2);
    assertThat(score(text).at("/model/digest").stringValue()).isEqualTo(digest);

    assertThat(command("{\"path\": \"../data\"}").statusCode()).isEqualTo(400);
    assertThat(command("{\"path\": \"/etc\"}").statusCode()).isEqualTo(202);
    await()
        .atMost(LIMIT)
        .until(() -> status().at("/scorers/0/state").asString("").equals("refused"));
    assertThat(status().at("/commanded/done").booleanValue()).isFalse();
    assertThat(status().at("/scorers/0/problem").stringValue()).contains("MODELS_DIR");
    assertThat(score("Another ticket meanwhile").at("/model/digest").stringValue())
        .isEqualTo(digest);

    assertThat(command("{\"rollback\": true}").statusCode()).isEqualTo(202);
    awaitDone(4);
  }

  private static JsonNode score(String text) throws Exception {
    HttpResponse<String> answer =
        post("/v1/bert_prediction", EventJson.mapper().writeValueAsString(Map.of("text", text)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return EventJson.mapper().readTree(answer.body());
  }

  private static HttpResponse<String> command(String body) throws Exception {
    return post("/v1/model", body);
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(endpoints.http() + path))
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode awaitDone(long epoch) {
    await("command " + epoch)
        .atMost(LIMIT)
        .until(
            () -> {
              JsonNode commanded = status().get("commanded");
              return commanded != null
                  && commanded.get("epoch").longValue() == epoch
                  && commanded.get("done").booleanValue();
            });
    return statusNow();
  }

  private static JsonNode statusNow() {
    try {
      return status();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode status() throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(endpoints.http() + "/status")).timeout(LIMIT).build(),
            HttpResponse.BodyHandlers.ofString());
    return EventJson.mapper().readTree(answer.body()).get("scorer");
  }
}
