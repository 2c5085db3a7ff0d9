package tickets.benchmarks.processes;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import tickets.embedded.EmbeddedFailure;
import tickets.embedded.EmbeddedKafka;

/**
 * Kafka alone in a JVM, so that it can be killed alone. Arguments: data directory, port, and the
 * port that clients are told.
 */
final class BrokerProcess {

  /** The line on standard output that says that clients can use it. */
  static final String READY = "broker is ready";

  private BrokerProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    CountDownLatch ever = new CountDownLatch(1);
    try {
      EmbeddedKafka kafka =
          EmbeddedKafka.startBehind(
              Path.of(arguments[0]),
              "127.0.0.1",
              Integer.parseInt(arguments[1]),
              Integer.parseInt(arguments[2]));
      Runtime.getRuntime().addShutdownHook(new Thread(kafka::close));
      System.out.println(READY);
      ever.await();
    } catch (EmbeddedFailure e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
