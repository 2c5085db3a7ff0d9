package tickets.scorer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import tickets.contract.ConsumerGroups;

/**
 * A scorer in a JVM of its own that is meant to be killed: once it has outcomes in an open
 * transaction it says HOLDING and holds its next batch for ever.
 */
final class KilledMidBatch {

  static final String HOLDING = "HOLDING";

  private KilledMidBatch() {}

  /**
   * @param args the bootstrap servers, the state directory, the most tickets of a batch
   */
  public static void main(String[] args) {
    Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
    AtomicInteger batches = new AtomicInteger();
    StubEngine engine =
        new StubEngine(
            texts -> {
              // Two batches for one commit: the first is scored at once, so that it is not
              // committed
              // alone. While the second waits, the producer sends the outcomes of the first (after
              // 100 ms), and with them opens a transaction.
              if (batches.incrementAndGet() % 2 == 0) {
                for (int tries = 0; tries < 20; tries++) {
                  if (hasOpenTransaction(admin)) {
                    System.out.println(HOLDING);
                    hold(Duration.ofDays(1));
                  }
                  hold(Duration.ofMillis(20));
                }
              }
            });
    TestScorer.start(
        args[0], Path.of(args[1]), engine, Integer.parseInt(args[2]), Duration.ofMillis(5));
  }

  private static boolean hasOpenTransaction(Admin admin) {
    try {
      return admin
          .listTransactions(
              new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
          .all()
          .get()
          .stream()
          .anyMatch(open -> open.transactionalId().startsWith(ConsumerGroups.SCORER));
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void hold(Duration time) {
    try {
      new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
