package tickets.ingest.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class AppendTimesTest {

  private static final TopicPartition ONE = new TopicPartition("tickets", 1);
  private static final TopicPartition TWO = new TopicPartition("tickets", 2);

  private final AppendTimes appended = new AppendTimes();

  @Test
  void aRecordWasAppendedByTheFirstLookThatFoundItThere() {
    appended.sawEnd(ONE, 10, 1_000);
    appended.sawEnd(ONE, 10, 2_000);
    appended.sawEnd(ONE, 15, 3_000);
    appended.sawEnd(TWO, 99, 4_000);

    assertThat(appended.appendedBy(ONE, 9)).isEqualTo(1_000);
    assertThat(appended.appendedBy(ONE, 10)).isEqualTo(3_000);
    assertThat(appended.appendedBy(ONE, 14)).isEqualTo(3_000);
    assertThat(appended.appendedBy(ONE, 15)).as("not there yet").isNull();
    assertThat(appended.appendedBy(TWO, 50)).isEqualTo(4_000);
    assertThat(appended.appendedBy(new TopicPartition("tickets", 3), 0)).isNull();
  }

  @Test
  void aTopicMadeAnewIsLookedAtAnew() {
    appended.sawEnd(ONE, 1_000, 1_000);
    appended.sawEnd(ONE, 5, 2_000);

    assertThat(appended.appendedBy(ONE, 4)).isEqualTo(2_000);
    assertThat(appended.appendedBy(ONE, 5)).isNull();
  }

  @Test
  void aMonthOfLooksIsKeptInLittleSpaceAndTheOldestIsNotForgotten() {
    int looks = 30 * 24 * 3600;
    for (int second = 0; second < looks; second++) {
      appended.sawEnd(ONE, second, 1_000L * second);
    }

    assertThat(appended.looksAt(ONE)).isLessThanOrEqualTo(1024);
    assertThat(appended.appendedBy(ONE, -1)).isZero();
    // The last minute to the second, the rest to a part of its age.
    assertThat(appended.appendedBy(ONE, looks - 61)).isEqualTo(1_000L * (looks - 60));
    for (int second = 0; second < looks - 1; second += 7_777) {
      long age = looks - second;
      assertThat(appended.appendedBy(ONE, second))
          .isBetween(1_000L * second, 1_000L * second + 1_000 + 1_000 * age / 16);
    }
  }
}
