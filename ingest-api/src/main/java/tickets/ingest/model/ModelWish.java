package tickets.ingest.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tickets.contract.EventJson;
import tickets.contract.ModelCommand;
import tickets.contract.ModelCommand.Target;
import tickets.ingest.Refusal;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a caller wants the scorers to use.
 *
 * @param target the model; null: that of the command before the last
 */
record ModelWish(@Nullable Target target) {

  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** The fields of the body, for the API's description. */
  @Schema(name = "ModelWish", description = "The model to score with. Модель.")
  record Fields(
      @Schema(
              description =
                  "The model's directory on the scorers' machines: within MODELS_DIR, or an absolute"
                      + " path that leads there",
              maxLength = ModelCommand.LONGEST_PATH)
          @JsonProperty("path")
          @Nullable String path,
      @Schema(
              description = "What the model's digest has to be, or it is not used",
              pattern = "[0-9a-f]{64}")
          @JsonProperty("digest")
          @Nullable String digest,
      @Schema(description = "true, in place of path: the model of before") @JsonProperty("rollback")
          @Nullable Boolean rollback) {}

  /**
   * Reads the body of a call.
   *
   * @throws Refusal that says what to change
   */
  static ModelWish parse(byte[] json) {
    JsonNode body;
    try {
      body = EventJson.mapper().readTree(json);
    } catch (JacksonException e) {
      throw invalid("This can't be read as JSON. Send {\"path\": \"…\"}.");
    }
    if (!body.isObject()) {
      throw invalid("This is not a JSON object. Send {\"path\": \"…\"}.");
    }
    JsonNode rollback = body.path("rollback");
    if (!rollback.isMissingNode() && !rollback.isNull() && !rollback.isBoolean()) {
      throw invalid("rollback must be true or false.");
    }
    String path = string(body, "path");
    String digest = string(body, "digest");
    if (rollback.asBoolean(false)) {
      if (path != null || digest != null) {
        throw invalid(
            "rollback goes back to the model of before: send it without path and digest.");
      }
      return new ModelWish(null);
    }
    if (path == null) {
      throw invalid("There is no path. Send {\"path\": \"…\"}, or {\"rollback\": true}.");
    }
    requirePath(path);
    if (digest != null && !DIGEST.matcher(digest).matches()) {
      throw invalid("digest must be 64 of 0-9 a-f, as results name it.");
    }
    return new ModelWish(new Target(path, digest));
  }

  private static @Nullable String string(JsonNode body, String field) {
    JsonNode node = body.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    if (!node.isString()) {
      throw invalid(field + " must be a string.");
    }
    return node.stringValue();
  }

  /** Whether it exists, and where it leads, each scorer sees for itself. */
  private static void requirePath(String path) {
    if (path.isBlank() || path.length() > ModelCommand.LONGEST_PATH) {
      throw invalid("path must have 1 to " + ModelCommand.LONGEST_PATH + " characters.");
    }
    if (path.codePoints()
        .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)) {
      throw invalid("path must not have control characters.");
    }
    if (Arrays.asList(path.split("[/\\\\]")).contains("..")) {
      throw invalid("path must not lead upwards (..).");
    }
  }

  private static Refusal invalid(String detail) {
    return Refusal.of(Refusal.Reason.INVALID, detail);
  }

  /**
   * The command for it.
   *
   * @param newest the command before it
   * @throws Refusal if there is nothing to go back to
   */
  ModelCommand after(@Nullable ModelCommand newest, Instant now, @Nullable String by) {
    Target before = newest == null ? Target.OF_THE_START : newest.target();
    Target wanted = target;
    if (wanted == null) {
      if (newest == null) {
        throw Refusal.of(
            Refusal.Reason.ANOTHER_COMMAND,
            "No model was ever commanded, so there is none to go back from: the scorers use the one"
                + " they were started with.");
      }
      wanted = newest.previous();
    }
    return new ModelCommand(
        newest == null ? 1 : newest.epoch() + 1, wanted.path(), wanted.digest(), before, now, by);
  }
}
