package tickets.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenancyTest {

  @ParameterizedTest
  @CsvSource({
    "acme:T-1, acme",
    "a-1:b:c, a-1",
    "acme:, acme",
    "T-1, default",
    ":T-1, default",
    "Acme:T-1, default",
    "a_b:T-1, default",
    "a123456789012345678901234567890123:x, default",
  })
  void aTicketIsItsTenantsWhereTenantsAreKeptApart(String id, String tenant) {
    assertThat(Tenancy.BY_KEY.tenantOf(id)).isEqualTo(tenant);
    assertThat(Tenancy.NONE.tenantOf(id)).isEqualTo(CacheKeys.DEFAULT_TENANT);
  }
}
