package tickets.ingest.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tickets.contract.TicketId;

class TicketIdsTest {

  @Test
  void freshIdStartsWithTheTimeAndIsNeverTheSame() {
    Instant now = Instant.parse("2026-11-25T10:15:30.120Z");

    UUID id = UUID.fromString(TicketIds.fresh(now));

    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(now.toEpochMilli());
    assertThat(TicketIds.fresh(now)).isNotEqualTo(id.toString());
    assertThat(TicketId.isValid(id.toString())).isTrue();
  }

  @Test
  void keyAlwaysNamesTheSameTicketOfItsTenant() {
    UUID id = UUID.fromString(TicketIds.ofKey("default", "order-17"));

    assertThat(id.version()).isEqualTo(8);
    assertThat(id.variant()).isEqualTo(2);
    // First bits of: printf 'default\0order-17' | sha256sum
    assertThat(id).hasToString("ea1262c6-2d97-8149-9573-fe6c5733a42f");
    assertThat(TicketIds.ofKey("other", "order-17")).isNotEqualTo(id.toString());
    assertThat(TicketIds.ofKey("default", "order-18")).isNotEqualTo(id.toString());
  }
}
