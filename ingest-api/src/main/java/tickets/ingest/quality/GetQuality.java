package tickets.ingest.quality;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tickets.ingest.Refusal;
import tickets.ingest.access.Namespace;

/** {@code GET /v1/quality}: how often people agree with the model, of the caller's own tickets. */
@RestController
@Tag(name = "Service")
final class GetQuality {

  private static final Logger log = LoggerFactory.getLogger(GetQuality.class);

  /** A quarter of a year: thirteen whole weeks. */
  private static final Duration SPAN = Duration.ofDays(91);

  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private final JudgedTickets judged;

  GetQuality(JudgedTickets judged) {
    this.judged = judged;
  }

  @Operation(
      operationId = "getQuality",
      summary = "How often people and the model agree / Как часто люди согласны с моделью",
      description =
          "Of the tickets that people corrected or confirmed: overall, by priority (with what the"
              + " model and what people said), by language and by ISO week. A ticket counts once, by"
              + " the last that was said of it.",
      responses = {
        @ApiResponse(
            responseCode = "200",
            description = "The agreement",
            content =
                @Content(
                    mediaType = MediaType.APPLICATION_JSON_VALUE,
                    schema = @Schema(implementation = Quality.class))),
        @ApiResponse(responseCode = "400", ref = "Problem400"),
        @ApiResponse(responseCode = "503", ref = "Problem503")
      })
  @GetMapping(path = "/v1/quality", produces = MediaType.APPLICATION_JSON_VALUE)
  Mono<Quality> get(
      @Parameter(
              description = "People's words from then on: a day, or a time of RFC 3339",
              example = "2026-09-01")
          @RequestParam(name = "from", required = false)
          @Nullable String from,
      @Parameter(
              description = "Until before then, as from; now if it is left out",
              example = "2026-12-01T00:00:00Z")
          @RequestParam(name = "to", required = false)
          @Nullable String to,
      @Parameter(hidden = true) @RequestAttribute(Namespace.ATTRIBUTE) Namespace namespace) {
    Instant until = to == null ? Instant.now() : time("to", to);
    Instant since = from == null ? until.minus(SPAN) : time("from", from);
    if (!since.isBefore(until)) {
      throw Refusal.of(Refusal.Reason.INVALID, "\"from\" must be before \"to\".");
    }
    return judged
        .between(since, until, namespace.prefix())
        .map(counted -> new Quality(since, until, Agreement.of(counted)))
        .onErrorMap(GetQuality::storeDown);
  }

  private static Instant time(String name, String text) {
    try {
      Instant time =
          text.length() == "2026-12-01".length()
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              // A plus sign that was not encoded arrives as a blank.
              : OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
      if (!time.isBefore(EARLIEST) && !time.isAfter(LATEST)) {
        return time;
      }
    } catch (DateTimeParseException e) {
      // As below.
    }
    throw Refusal.of(
        Refusal.Reason.INVALID,
        "\""
            + name
            + "\" must be a day such as 2026-12-01, or a time such as"
            + " 2026-12-01T12:00:00Z.");
  }

  private static Refusal storeDown(Throwable error) {
    log.info(
        "Quality not told: PostgreSQL does not answer: {}",
        NestedExceptionUtils.getMostSpecificCause(error).getMessage());
    return Refusal.of(
        Refusal.Reason.STORE_DOWN,
        "PostgreSQL does not answer, and only it knows what people said. Ask again.");
  }

  /** The answer. */
  @Schema(
      name = "Quality",
      description =
          "How often people and the model agreed in a time. Согласие людей с моделью за период.")
  record Quality(
      @Schema(description = "Of what was said from then on, RFC 3339 UTC") @JsonProperty("from")
          Instant from,
      @Schema(description = "Until before then, RFC 3339 UTC") @JsonProperty("to") Instant to,
      @JsonUnwrapped Agreement agreement) {}
}
