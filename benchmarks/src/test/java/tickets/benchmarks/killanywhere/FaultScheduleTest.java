package tickets.benchmarks.killanywhere;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.killanywhere.FaultSchedule.Fault;
import tickets.benchmarks.killanywhere.FaultSchedule.Kind;
import tickets.benchmarks.processes.Role;

class FaultScheduleTest {

  @Test
  void theSeedAloneDecides() {
    assertThat(FaultSchedule.of(7, 60, false)).isEqualTo(FaultSchedule.of(7, 60, false));
    assertThat(FaultSchedule.of(7, 60, false)).isNotEqualTo(FaultSchedule.of(8, 60, false));
  }

  @Test
  void withFortyFaultsEveryRoleIsHitAtLeastFourTimesAndBothWays() {
    for (long seed = 0; seed < 50; seed++) {
      List<Fault> faults = FaultSchedule.of(seed, 40, false);
      assertThat(faults).hasSize(40);
      for (Role role : Role.values()) {
        List<Fault> hits = faults.stream().filter(fault -> fault.role() == role).toList();
        assertThat(hits).hasSizeGreaterThanOrEqualTo(4);
        assertThat(hits).extracting(Fault::kind).contains(Kind.KILL, Kind.PAUSE);
      }
    }
  }

  @Test
  void aFewFaultsKillEachRoleInTurn() {
    assertThat(FaultSchedule.of(1, 6, false))
        .extracting(Fault::role)
        .containsExactly(Role.values());
    assertThat(FaultSchedule.of(1, 6, false)).extracting(Fault::kind).containsOnly(Kind.KILL);
  }

  @Test
  void pausesOutlastEverySessionTimeout() {
    assertThat(
            FaultSchedule.of(3, 200, false).stream()
                .filter(fault -> fault.kind() == Kind.PAUSE)
                .collect(Collectors.toList()))
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault.down()).isGreaterThan(FaultSchedule.SESSION_TIMEOUT));
  }

  @Test
  void inADenseScheduleEverySecondFaultOverlaps() {
    assertThat(FaultSchedule.of(1, 6, true))
        .extracting(Fault::overlaps)
        .containsExactly(false, true, false, true, false, true);
  }

  @Test
  void faultsThatOverlapNeverHitTheSameRoleNorMoreThanTwoAtOnce() {
    List<Fault> faults = FaultSchedule.of(5, 300, false);
    assertThat(faults).anyMatch(Fault::overlaps);
    for (int i = 1; i < faults.size(); i++) {
      if (faults.get(i).overlaps()) {
        assertThat(faults.get(i).role()).isNotEqualTo(faults.get(i - 1).role());
        assertThat(faults.get(i - 1).overlaps()).isFalse();
      }
    }
  }
}
