package tickets.scorer.labelled;

/**
 * A row that could not be taken.
 *
 * @param line where it begins, from 1
 * @param reason what is wrong with it, a sentence
 */
public record BadRow(long line, String reason) {
  @Override
  public String toString() {
    return "line " + line + ": " + reason;
  }
}
