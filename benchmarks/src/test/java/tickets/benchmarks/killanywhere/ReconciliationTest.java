package tickets.benchmarks.killanywhere;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.killanywhere.Evidence.Decision;
import tickets.benchmarks.killanywhere.Evidence.Position;
import tickets.benchmarks.killanywhere.Evidence.Row;
import tickets.benchmarks.killanywhere.Evidence.Source;
import tickets.benchmarks.killanywhere.Reconciliation.Check;
import tickets.benchmarks.killanywhere.Reconciliation.Claims;
import tickets.benchmarks.killanywhere.Reconciliation.Kind;
import tickets.contract.Topics;

/** A good ticket "good" at 0@0 and a malformed one "bad" at 0@1, all well; then one thing amiss. */
class ReconciliationTest {

  private static final Position GOOD = new Position(Topics.TICKETS, 0, 0);
  private static final Position BAD = new Position(Topics.TICKETS, 0, 1);
  private static final Position LATER = new Position(Topics.TICKETS, 0, 2);
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final Set<String> scored = new HashSet<>(Set.of("good"));
  private final Set<String> refused = new HashSet<>();
  private final Map<Position, String> acknowledged = new HashMap<>(Map.of(BAD, "bad"));
  private final List<Source> sources =
      new ArrayList<>(
          List.of(
              new Source(GOOD, "good", true, "sha-good"),
              new Source(BAD, "bad", false, "sha-bad")));
  private final List<Decision> outcomes =
      new ArrayList<>(
          List.of(
              new Decision(true, "good", GOOD, "sha-good", NOW),
              new Decision(false, "bad", BAD, "sha-bad", NOW)));
  private final List<Row> tickets =
      new ArrayList<>(
          List.of(
              new Row("good", "SCORED", "sha-good", GOOD),
              new Row("bad", "REJECTED", "sha-bad", BAD)));
  private final List<Row> predictions =
      new ArrayList<>(List.of(new Row("good", "SCORED", "sha-good", GOOD)));
  private final Map<String, String> results =
      new HashMap<>(Map.of("good", "SUCCESS", "bad", "FAILURE"));

  private List<Check> checks() {
    return Reconciliation.compare(
        new Claims(
            scored,
            Set.of("bad"),
            acknowledged,
            Set.of("good", "bad"),
            Set.of("sha-good", "sha-bad"),
            refused),
        new Evidence(sources, outcomes, List.of(), tickets, predictions, results));
  }

  private void assertCounts(int lost, int duplicated, int wrong) {
    List<Check> checks = checks();
    assertThat(Reconciliation.count(checks, Kind.LOST)).as("lost: %s", checks).isEqualTo(lost);
    assertThat(Reconciliation.count(checks, Kind.DUPLICATED))
        .as("duplicated: %s", checks)
        .isEqualTo(duplicated);
    assertThat(Reconciliation.count(checks, Kind.WRONG)).as("wrong: %s", checks).isEqualTo(wrong);
  }

  @Test
  void whatIsWellGivesNoFinding() {
    assertCounts(0, 0, 0);
  }

  @Test
  void anOutcomeMissingOnTopicsIsALoss() {
    outcomes.remove(1);
    tickets.remove(1);
    assertCounts(1, 0, 0);
  }

  @Test
  void anAcceptedTicketThatNeverReachedTicketsIsALoss() {
    scored.add("vanished");
    assertCounts(1, 0, 0);
  }

  @Test
  void anAcknowledgedRecordThatIsNotThereIsALoss() {
    acknowledged.put(LATER, "good");
    assertCounts(1, 0, 0);
  }

  @Test
  void aTicketStillPendingInPostgresIsALoss() {
    tickets.set(0, new Row("good", "PENDING", null, GOOD));
    assertCounts(1, 0, 0);
  }

  @Test
  void aMissingPredictionIsALoss() {
    predictions.clear();
    assertCounts(1, 0, 0);
  }

  @Test
  void anAnswerThatSaysPendingOrUnknownIsALoss() {
    results.put("good", "PENDING");
    results.put("bad", "404");
    assertCounts(2, 0, 0);
  }

  @Test
  void twoOutcomesOfOneRecordAreADuplicate() {
    outcomes.add(new Decision(true, "good", GOOD, "sha-good", NOW.plusSeconds(1)));
    assertCounts(0, 1, 0);
  }

  @Test
  void twoRowsOfOneIdAreADuplicate() {
    predictions.add(new Row("good", "SCORED", "sha-good", GOOD));
    assertCounts(0, 1, 0);
  }

  @Test
  void aPriorityAndARejectionOfOneIdAreADuplicate() {
    sources.add(new Source(LATER, "good", false, "sha-other"));
    outcomes.add(new Decision(false, "good", LATER, "sha-other", NOW));
    tickets.set(0, new Row("good", "REJECTED", "sha-other", LATER));
    List<Check> checks = checks();
    assertThat(Reconciliation.count(checks, Kind.DUPLICATED)).isEqualTo(1);
  }

  @Test
  void anIdSentTwiceByItsClientMayStandTwiceOnTopicsButInOneRow() {
    sources.add(new Source(LATER, "good", true, "sha-good"));
    outcomes.add(new Decision(true, "good", LATER, "sha-good", NOW));
    tickets.set(0, new Row("good", "SCORED", "sha-good", LATER));
    predictions.set(0, new Row("good", "SCORED", "sha-good", LATER));
    assertCounts(0, 0, 0);
  }

  @Test
  void aRowThatKeptTheOlderOfTwoOutcomesIsWrong() {
    sources.add(new Source(LATER, "good", true, "sha-good"));
    outcomes.add(new Decision(true, "good", LATER, "sha-good", NOW));
    assertCounts(0, 0, 1);
  }

  @Test
  void anOutcomeOfWhatNobodySentIsWrong() {
    outcomes.add(new Decision(true, "stranger", LATER, "sha-stranger", NOW));
    assertCounts(0, 0, 1);
  }

  @Test
  void aResultOfAnotherTextIsWrong() {
    outcomes.set(0, new Decision(true, "good", GOOD, "sha-bad", NOW));
    assertCounts(0, 0, 1);
  }

  @Test
  void aGoodTicketThatWasRejectedIsWrongAndLost() {
    outcomes.set(0, new Decision(false, "good", GOOD, "sha-good", NOW));
    tickets.set(0, new Row("good", "REJECTED", "sha-good", GOOD));
    predictions.clear();
    results.put("good", "FAILURE");
    assertCounts(1, 0, 1);
  }

  @Test
  void anIdThatHttpRefusedMustStayUnknown() {
    refused.add("refused");
    results.put("refused", "PENDING");
    assertCounts(0, 0, 1);
    results.put("refused", "404");
    assertCounts(0, 0, 0);
  }
}
