package tickets.ingest.access;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a caller may do. None includes another. */
enum Scope {
  /** Send tickets, and get their priority as the answer. */
  SCORE,
  /** Ask what became of a ticket. */
  READ,
  /** Say what a ticket's priority is, whatever the model says. */
  CORRECT,
  /** Erase tickets, and say which model scores. */
  ADMIN;

  /** As settings, tokens and answers name it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Scope> of(String word) {
    return Stream.of(values()).filter(scope -> scope.word().equals(word)).findFirst();
  }
}
