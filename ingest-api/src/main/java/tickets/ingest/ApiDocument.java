package tickets.ingest;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tickets.ingest.Refusal.Reason;

/**
 * What the API document says beside what stands at the calls: the errors, taken from the one table
 * in {@link IngestProblems}, under the names {@code Problem400} and so on.
 */
@Configuration(proxyBeanMethods = false)
class ApiDocument {

  private static final String SCHEMA = "Problem";

  /** Errors found before any of our code runs. */
  private static final Map<Integer, String> FRAMEWORK =
      Map.of(
          400, "Broken JSON",
          413, "The body is larger than BODY_MAX_BYTES (256 KiB)",
          415, "The body is not sent as application/json");

  @Bean
  OpenAPI openApi() {
    Components components = new Components();
    ModelConverters.getInstance(true).readAll(Problem.class).forEach(components::addSchemas);
    titlesByStatus()
        .forEach(
            (status, titles) ->
                components.addResponses("Problem" + status, response(status, titles)));
    return new OpenAPI()
        .info(
            new Info()
                .title("Ticket priority")
                .version("1")
                .description(
                    "Says how urgent a support ticket is, with a probability, in Russian and"
                        + " English. Every error is an RFC 9457 problem.\n\n"
                        + "Определяет срочность обращения в поддержку и её вероятность, на русском"
                        + " и английском. Каждая ошибка описана по RFC 9457.")
                .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
        .tags(
            List.of(
                new Tag().name("Tickets").description("Send tickets, get their priority"),
                new Tag().name("Service").description("State of the service")))
        .components(components);
  }

  /** These records stand in the contract, which knows nothing of API documents. */
  @Bean
  OpenApiCustomizer contractInWords() {
    return document -> {
      Map<String, Schema> schemas = document.getComponents().getSchemas();
      describe(
          schemas.get("Model"),
          "The model that scored",
          Map.of(
              "name",
              "Its name",
              "version",
              "Its version",
              "priorities",
              "The readable name of each of its labels; in the service's state only",
              "digest",
              "SHA-256 over config, weights, tokenizer, manifest, precision"));
      describe(
          schemas.get("Decision"),
          "How the label was chosen from the scores",
          Map.of(
              "rule",
              "Of the model's manifest: argmax, thresholds or costs",
              "margin",
              "How far the ticket was from another label: a difference of probabilities, under costs"
                  + " of expected costs",
              "expected_cost",
              "Of the label chosen, by the scores; under costs only",
              "review",
              "Whether people are to look; then priority is review"));
    };
  }

  private static void describe(
      @Nullable Schema<?> schema, String description, Map<String, String> properties) {
    if (schema == null) {
      return;
    }
    schema.setDescription(description);
    properties.forEach(
        (name, meaning) -> {
          Schema<?> field = schema.getProperties().get(name);
          if (field != null) {
            field.setDescription(meaning);
          }
        });
  }

  private static Map<Integer, Set<String>> titlesByStatus() {
    Map<Integer, Set<String>> titles = new TreeMap<>();
    FRAMEWORK.forEach(
        (status, title) -> titles.computeIfAbsent(status, s -> new LinkedHashSet<>()).add(title));
    for (Reason reason : Reason.values()) {
      IngestProblems.Row row = IngestProblems.row(reason);
      titles.computeIfAbsent(row.status().value(), s -> new LinkedHashSet<>()).add(row.title());
    }
    return titles;
  }

  private static ApiResponse response(int status, Set<String> titles) {
    ApiResponse response =
        new ApiResponse()
            .description(String.join(". ", titles) + ".")
            .content(
                new Content()
                    .addMediaType(
                        org.springframework.http.MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                        new MediaType()
                            .schema(new Schema<>().$ref("#/components/schemas/" + SCHEMA))));
    if (status == 503) {
      response.addHeaderObject(
          "Retry-After", header("Seconds after which asking again makes sense"));
    }
    if (status == 504) {
      response.addHeaderObject("Location", header("Where the priority will be"));
    }
    return response;
  }

  private static Header header(String description) {
    return new Header().description(description).schema(new StringSchema());
  }
}
