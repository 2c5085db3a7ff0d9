package tickets.ingest.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tickets.contract.ModelCommand;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;

/**
 * {@code POST /v1/model}: commands all scorers to use another model, or the one of before. Answered
 * when the broker has the command; what became of it stands at {@code GET /status}, since the model
 * lies on the scorers' machines.
 */
@RestController
@Tag(name = "Service")
final class SwitchModel {

  private static final Logger log = LoggerFactory.getLogger(SwitchModel.class);

  /** The steps of writing one have limits of their own, which say more. */
  private static final Duration WRITE_LIMIT = Duration.ofSeconds(15);

  private final ModelCommandsTopic topic;

  SwitchModel(ModelCommandsTopic topic) {
    this.topic = topic;
  }

  @Operation(
      operationId = "switchModel",
      summary = "Score with another model, or the one of before / Сменить модель",
      description =
          "Every scorer loads the model beside the one that scores and goes over to it between two"
              + " batches; one that can't goes on with the one it has. GET /status says how far"
              + " each is, and why not. With rollback the command before the last is given again:"
              + " one step back, and a second one forward again.",
      requestBody =
          @io.swagger.v3.oas.annotations.parameters.RequestBody(
              required = true,
              content =
                  @Content(
                      mediaType = MediaType.APPLICATION_JSON_VALUE,
                      schema = @Schema(implementation = ModelWish.Fields.class),
                      examples = {
                        @ExampleObject(name = "Forward", value = "{\"path\": \"desk-2026-11\"}"),
                        @ExampleObject(name = "Back", value = "{\"rollback\": true}")
                      })),
      responses = {
        @ApiResponse(
            responseCode = "202",
            description = "The command is given, durably",
            headers =
                @Header(
                    name = "Location",
                    description = "Where the scorers say what became of it, /status",
                    schema = @Schema(type = "string")),
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Commanded.class))),
        @ApiResponse(responseCode = "400", ref = "Problem400"),
        @ApiResponse(responseCode = "409", ref = "Problem409"),
        @ApiResponse(responseCode = "413", ref = "Problem413"),
        @ApiResponse(responseCode = "415", ref = "Problem415"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @PostMapping(
      path = "/v1/model",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<ResponseEntity<Commanded>> command(
      @RequestBody(required = false) Mono<byte[]> body,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    if (!namespace.equals(Namespace.WHOLE)) {
      return Mono.error(
          Refusal.of(
              Refusal.Reason.FORBIDDEN,
              "The model is every tenant's, and this key or token is one tenant's. Use one for all"
                  + " tenants (name@*)."));
    }
    return body.defaultIfEmpty(new byte[0])
        .map(ModelWish::parse)
        .zipWith(exchange.getPrincipal().map(Principal::getName).defaultIfEmpty(""))
        .flatMap(wish -> write(wish.getT1(), wish.getT2().isEmpty() ? null : wish.getT2()));
  }

  private Mono<ResponseEntity<Commanded>> write(ModelWish wish, @Nullable String by) {
    Function<@Nullable ModelCommand, ModelCommand> command =
        newest -> wish.after(newest, Instant.now(), by);
    return Mono.fromFuture(() -> topic.write(command), true)
        .publishOn(Schedulers.parallel())
        .timeout(WRITE_LIMIT)
        .onErrorMap(SwitchModel::notWritten)
        .map(
            given -> {
              log.info(
                  "Command {} is given{}: {}, digest {}",
                  given.epoch(),
                  by == null ? "" : " by " + by,
                  given.path() == null ? "the model of each scorer's start" : given.path(),
                  given.digest() == null ? "any" : given.digest());
              return ResponseEntity.accepted()
                  .location(URI.create("/status"))
                  .body(new Commanded(given.epoch(), given.path(), given.digest()));
            });
  }

  private static Throwable notWritten(Throwable error) {
    if (error instanceof Refusal) {
      return error;
    }
    if (error instanceof ModelCommandsTopic.AnotherCommand) {
      return Refusal.of(
          Refusal.Reason.ANOTHER_COMMAND,
          "Another command is being given at this moment, and this one is not. Look at /status, and"
              + " ask again if it is still wanted.");
    }
    log.warn("A command is not confirmed by Kafka: {}", error.toString());
    return Refusal.of(
        Refusal.Reason.KAFKA_DOWN,
        "Kafka did not confirm the command in time. Look at /status whether it is given, and ask"
            + " again if not.");
  }

  /** What is commanded now. */
  @Schema(
      name = "Commanded",
      description = "The command is given. Команда отдана.",
      example = "{\"epoch\":3,\"path\":\"desk-2026-11\"}")
  record Commanded(
      @Schema(description = "The command's number; scorers name it at /status")
          @JsonProperty("epoch")
          long epoch,
      @Schema(
              description =
                  "The model's directory within MODELS_DIR; absent: the one that each scorer was"
                      + " started with")
          @JsonProperty("path")
          @Nullable String path,
      @Schema(description = "What its digest has to be, if that was said") @JsonProperty("digest")
          @Nullable String digest) {}
}
