package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class StableTransactionsTest {

  private static final UUID INSTANCE = UUID.fromString("0190a5a0-0000-7000-8000-000000000001");

  private final StableTransactions transactions = new StableTransactions("scorer-stream", INSTANCE);

  @Test
  void theIdNamesTheInstanceAndTheThreadButNotTheRun() {
    assertThat(transactions.transactionalId("scorer-stream-" + UUID.randomUUID() + "-2"))
        .isEqualTo("scorer-stream-" + INSTANCE + "-2");
  }

  @Test
  void anIdOfAnotherFormIsRefusedRatherThanSharedByThreads() {
    assertThatThrownBy(() -> transactions.transactionalId("scorer-stream-thread"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("scorer-stream-thread");
  }
}
