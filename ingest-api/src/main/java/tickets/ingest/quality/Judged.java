package tickets.ingest.quality;

/**
 * Tickets of which the model said one thing and people one thing, by what else is counted apart.
 *
 * @param model the label that the model gave; empty if the ticket has no score
 * @param modelName the readable name of that label
 * @param people the label that a person gave, or the word where no model was known to check it
 * @param peopleName the readable name of that label
 * @param language of the text, {@code unknown} where nobody has told
 * @param week when the person spoke, as ISO 8601 counts weeks: {@code 2026-W48}
 * @param tickets how many
 */
record Judged(
    String model,
    String modelName,
    String people,
    String peopleName,
    String language,
    String week,
    long tickets) {

  boolean isScored() {
    return !model.isEmpty();
  }

  /** A word that was not checked may be the readable name. */
  boolean agrees() {
    return people.equalsIgnoreCase(model) || people.equalsIgnoreCase(modelName);
  }

  /** What people said, as the model would call it. */
  String peopleLabel() {
    return agrees() ? model : people;
  }

  /** The readable name of that. */
  String peopleLabelName() {
    return agrees() ? modelName : peopleName;
  }
}
