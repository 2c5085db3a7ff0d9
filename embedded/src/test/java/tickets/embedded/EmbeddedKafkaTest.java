package tickets.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {

  @Test
  void keepsTopicsOffsetsAndTransactionsOnAnotherPort(@TempDir Path directory) throws Exception {
    int firstPort;
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, "127.0.0.1", 0)) {
      firstPort = kafka.port();
      Records.createTopic(kafka.bootstrapServers());
      Records.write(kafka.bootstrapServers(), true, "one", "two");
      Records.write(kafka.bootstrapServers(), false, "aborted");
      assertThat(Records.read(kafka.bootstrapServers(), 1)).containsExactly("one");
    }
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, "127.0.0.1", 0)) {
      assertThat(kafka.port()).isNotEqualTo(firstPort);
      Records.write(kafka.bootstrapServers(), true, "three");
      assertThat(Records.read(kafka.bootstrapServers(), 10)).containsExactly("two", "three");
    }
  }

  @Test
  void beginsAnewAfterAFormatThatWasCutShort(@TempDir Path directory) throws Exception {
    Path half = Files.createDirectories(directory.resolve("log.part"));
    Files.writeString(half.resolve("meta.properties"), "version=1\ncluster.id=");
    EmbeddedKafka kafka = EmbeddedKafka.start(directory, "0.0.0.0", 0);
    try {
      Records.createTopic(kafka.bootstrapServers());
      assertThat(half).doesNotExist();
      assertThat(kafka.bootstrapServers()).isEqualTo("127.0.0.1:" + kafka.port());
      assertThatThrownBy(() -> EmbeddedKafka.start(directory, "127.0.0.1", 0))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("already runs in this process");
    } finally {
      kafka.close();
      kafka.close();
    }
  }

  @Test
  void aPortInUseIsNamed(@TempDir Path directory) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> EmbeddedKafka.start(directory, "127.0.0.1", taken.getLocalPort()))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessage(
              "Kafka can't use port %d on 127.0.0.1: another process listens there. Stop it or choose another port.",
              taken.getLocalPort());
    }
  }
}
