package tickets.sink;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Stores.InJvm.class)
class EveryOutcomeIsStoredTest extends EveryOutcomeIsStored {

  private final Stores stores;

  EveryOutcomeIsStoredTest(Stores stores) {
    this.stores = stores;
  }

  @Override
  Addresses addresses() {
    return stores.addresses();
  }
}
