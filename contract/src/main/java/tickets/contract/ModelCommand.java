package tickets.contract;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The order to all scorers to use a model, as it stands on {@link Topics#COMMANDS}.
 *
 * @param epoch its number: one more than that of the command before it, the first is 1
 * @param path the model's directory, on each scorer's machine, within its {@code MODELS_DIR};
 *     absent: the model that the scorer was started with
 * @param digest what {@link ScoredTicket.Model#digest} has to be; absent: whatever it is
 * @param previous what the command before this one asked for: the way back
 * @param requestedAt when it was asked for
 * @param by who asked, if that is known; never what a caller could choose freely
 */
public record ModelCommand(
    long epoch,
    @Nullable String path,
    @Nullable String digest,
    Target previous,
    Instant requestedAt,
    @Nullable String by) {

  /** The record key of all commands: compaction leaves the newest one. */
  public static final String KEY = "model";

  /** The longest path that is taken, in characters. */
  public static final int LONGEST_PATH = 1_024;

  public ModelCommand {
    requireNonNull(previous, "previous");
    requireNonNull(requestedAt, "requested_at");
    if (epoch < 1) {
      throw new IllegalArgumentException("The first command has the epoch 1");
    }
  }

  /**
   * Which model.
   *
   * @param path as of a command
   * @param digest as of a command
   */
  public record Target(@Nullable String path, @Nullable String digest) {

    /** The model that each scorer was started with. */
    public static final Target OF_THE_START = new Target(null, null);
  }

  /** What this one asks for. */
  @JsonIgnore
  public Target target() {
    return new Target(path, digest);
  }

  /**
   * Reads a record of {@link Topics#COMMANDS}.
   *
   * @throws IOException if it is no command
   */
  public static ModelCommand fromRecord(byte @Nullable [] value) throws IOException {
    if (value == null) {
      throw new IOException("The record has no value.");
    }
    return EventJson.readObject(value, ModelCommand.class);
  }
}
