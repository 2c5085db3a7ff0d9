package tickets.contract;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ticket that has no priority, with the reason and the original, as it stands on {@link
 * Topics#REJECTIONS}.
 *
 * @param message for the person who sent the ticket: what is wrong and what to do
 * @param original the record's value in base64, at most {@link #ORIGINAL_MAX_BYTES} of it; absent
 *     when there was none
 * @param originalSize the value's full size in bytes
 * @param originalSha256 SHA-256 of the full value, lower-case hex; absent when there was none, and
 *     once the ticket was erased
 * @param erasedAt since when the ticket counts as erased, see {@link Erasure}; absent if it does
 *     not
 */
public record Rejection(
    String taskId,
    Code code,
    String message,
    Instant receivedAt,
    Instant rejectedAt,
    String sourceTopic,
    int sourcePartition,
    long sourceOffset,
    @Nullable String original,
    long originalSize,
    @Nullable String originalSha256,
    @Nullable Instant erasedAt)
    implements Outcome {

  public Rejection {
    requireNonNull(taskId, "task_id");
    requireNonNull(code, "code");
    requireNonNull(message, "message");
    requireNonNull(receivedAt, "received_at");
    requireNonNull(rejectedAt, "rejected_at");
    requireNonNull(sourceTopic, "source_topic");
  }

  /** The most of an original that is kept. */
  public static final int ORIGINAL_MAX_BYTES = 64 * 1024;

  /** In place of the message once the ticket was erased. */
  public static final String ERASED_MESSAGE = "The ticket was erased.";

  /** Why a ticket was rejected. */
  public enum Code {
    /** Not a JSON object in UTF-8. */
    UNREADABLE,
    /** A field breaks a rule of the contract. */
    INVALID,
    /** More characters than are taken. */
    TOO_LONG,
    /** The tokenizer or the model failed on this ticket, alone as in a batch. */
    MODEL_FAILED,
    /** The model's output for this ticket is not a number. */
    NOT_A_NUMBER,
    /** PostgreSQL refuses this ticket's data. */
    UNSTORABLE;

    /** Whether the ticket's own content is the reason, rather than a fault of this product. */
    public boolean blamesTheTicket() {
      return this == UNREADABLE || this == INVALID || this == TOO_LONG;
    }
  }

  /**
   * What is kept of a record that can't be scored.
   *
   * @param start of its value, at most {@link #ORIGINAL_MAX_BYTES}; absent if there was none or it
   *     may not be kept
   * @param size the value's full size in bytes
   * @param sha256 of the full value; absent when there was none
   */
  public record Original(byte @Nullable [] start, long size, @Nullable String sha256) {

    /** All that there is room for. */
    public static Original of(byte @Nullable [] value) {
      return of(value, true, Redaction.NONE);
    }

    /**
     * What may be kept. A value is masked as it stands; what is not UTF-8, or may spell something
     * in JSON's escapes ({@code \\u0040}), can't be, and is left out.
     *
     * @param withText whether texts are kept at all
     */
    public static Original of(byte @Nullable [] value, boolean withText, Redaction redaction) {
      if (value == null) {
        return new Original(null, 0, null);
      }
      byte[] kept = !withText ? null : redaction.isNone() ? value : masked(value, redaction);
      return new Original(kept == null ? null : start(kept), value.length, Sha256.hex(value));
    }

    private static byte @Nullable [] masked(byte[] value, Redaction redaction) {
      String text;
      try {
        text =
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(value))
                .toString();
      } catch (CharacterCodingException e) {
        return null;
      }
      return text.indexOf('\\') >= 0 ? null : redaction.mask(text).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] start(byte[] value) {
      return value.length <= ORIGINAL_MAX_BYTES ? value : Arrays.copyOf(value, ORIGINAL_MAX_BYTES);
    }

    /** As it stands in a rejection. */
    public @Nullable String base64() {
      return start == null ? null : Base64.getEncoder().encodeToString(start);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Original that
          && Arrays.equals(start, that.start)
          && size == that.size
          && Objects.equals(sha256, that.sha256);
    }

    @Override
    public int hashCode() {
      return Objects.hash(Arrays.hashCode(start), size, sha256);
    }

    /** Without the bytes, so that it may be logged. */
    @Override
    public String toString() {
      return "Original[" + size + " bytes]";
    }
  }

  /** {@link #of} with all of {@code value} that there is room for. */
  public static Rejection of(
      String taskId,
      Code code,
      String message,
      Instant receivedAt,
      Instant rejectedAt,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset,
      byte @Nullable [] value) {
    return keeping(
        Original.of(value),
        taskId,
        code,
        message,
        receivedAt,
        rejectedAt,
        sourceTopic,
        sourcePartition,
        sourceOffset);
  }

  /** A rejection with what may be kept of its record. */
  public static Rejection keeping(
      Original original,
      String taskId,
      Code code,
      String message,
      Instant receivedAt,
      Instant rejectedAt,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset) {
    return new Rejection(
        taskId,
        code,
        message,
        receivedAt,
        rejectedAt,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        original.base64(),
        original.size(),
        original.sha256(),
        null);
  }

  @Override
  @JsonIgnore
  public Instant decidedAt() {
    return rejectedAt;
  }

  /** One that is not erased. */
  public Rejection(
      String taskId,
      Code code,
      String message,
      Instant receivedAt,
      Instant rejectedAt,
      String sourceTopic,
      int sourcePartition,
      long sourceOffset,
      @Nullable String original,
      long originalSize,
      @Nullable String originalSha256) {
    this(
        taskId,
        code,
        message,
        receivedAt,
        rejectedAt,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        original,
        originalSize,
        originalSha256,
        null);
  }

  /** The same without the original, for stores that do not need it. */
  public Rejection withoutOriginal() {
    return original == null ? this : with(message, originalSha256, erasedAt);
  }

  /** The same with nothing left of what the customer wrote; the message might quote it. */
  public Rejection erased(Instant at) {
    return with(ERASED_MESSAGE, null, at);
  }

  private Rejection with(
      String otherMessage, @Nullable String otherSha256, @Nullable Instant otherErasedAt) {
    return new Rejection(
        taskId,
        code,
        otherMessage,
        receivedAt,
        rejectedAt,
        sourceTopic,
        sourcePartition,
        sourceOffset,
        null,
        originalSize,
        otherSha256,
        otherErasedAt);
  }
}
