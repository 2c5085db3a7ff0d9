package tickets.benchmarks.killanywhere;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tickets.benchmarks.killanywhere.Workload.Channel;
import tickets.benchmarks.killanywhere.Workload.Draft;
import tickets.contract.InvalidTicket;
import tickets.contract.Sha256;
import tickets.contract.Ticket;
import tickets.contract.TicketDraft;
import tickets.contract.Topics;

class WorkloadTest {

  private static final Path FILE = Path.of("workloads/tickets.jsonl");

  private final List<Draft> drafts =
      IntStream.range(0, 5_000).mapToObj(new Workload(FILE, 3)::draft).toList();

  @Test
  void theSameSeedGivesTheSameTickets() {
    Workload again = new Workload(FILE, 3);
    assertThat(again.draft(17)).usingRecursiveComparison().isEqualTo(drafts.get(17));
  }

  @Test
  void oneInFiftyIsMalformedOnEveryWayIn() {
    assertThat(drafts.stream().filter(Draft::malformed)).hasSize(100);
    for (Channel channel : Channel.values()) {
      assertThat(drafts).anyMatch(draft -> draft.malformed() && draft.channel() == channel);
    }
  }

  @Test
  void goodTicketsAreTakenByTheContractWithTheTextThatIsExpected() throws InvalidTicket {
    for (Draft draft : drafts) {
      if (!draft.malformed()) {
        byte[] value = draft.value();
        assertThat(value).isNotNull();
        TicketDraft read = TicketDraft.parse(value, 10_000);
        assertThat(Sha256.hex(read.text())).isEqualTo(draft.textSha256());
      }
    }
  }

  @Test
  void malformedRecordsAreRefusedByTheContract() {
    for (Draft draft : drafts) {
      if (draft.malformed()) {
        assertThat(isTicket(draft)).as(draft.flaw()).isFalse();
      }
    }
  }

  private static boolean isTicket(Draft draft) {
    try {
      Ticket.fromRecord(draft.key(), draft.value(), Topics.TICKETS, 0, 0, 10_000);
      return true;
    } catch (InvalidTicket e) {
      return false;
    }
  }

  @Test
  void noTwoGoodTicketsShareATextOrAnId() {
    List<Draft> good = drafts.stream().filter(draft -> !draft.malformed()).toList();
    assertThat(good.stream().map(Draft::textSha256)).doesNotHaveDuplicates();
    assertThat(good.stream().map(Draft::id).filter(id -> id != null)).doesNotHaveDuplicates();
  }
}
