package tickets.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a JVM with all three leaves behind when it is killed, and when Ctrl-C reaches its process
 * group.
 */
class KilledOrInterruptedTest {

  @Test
  void afterKillTheNextStartStopsTheOrphansAndKeepsTheData(@TempDir Path directory)
      throws Exception {
    try (ChildJvm child = new ChildJvm(directory)) {
      List<Integer> ports = child.awaitReady();
      String kafka = "127.0.0.1:" + ports.get(0);
      String password = Files.readString(directory.resolve("postgres/password"));
      Records.createTopic(kafka);
      Records.write(kafka, true, "one", "two");
      assertThat(Records.read(kafka, 1)).containsExactly("one");
      Rows.of(ports.get(1), password, "create table t as select 1 as id");
      assertThat(RedisLine.send(ports.get(2), "SET ticket scored")).isEqualTo("OK");
      assertThatThrownBy(() -> EmbeddedRedis.start(directory.resolve("redis"), 0))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("is in use by a running process (pid ");
      // The append-only file is synced every second; kill -9 of the JVM leaves Redis alive to do
      // so.
      child.kill();
      assertThat(child.stores()).as("orphans").hasSize(2);

      try (Servers again = Servers.start(directory)) {
        assertThat(child.stores()).as("the new ones alone").hasSize(2);
        assertThat(Records.read(again.kafka().bootstrapServers(), 10)).containsExactly("two");
        Records.write(again.kafka().bootstrapServers(), true, "three");
        assertThat(Records.read(again.kafka().bootstrapServers(), 10)).containsExactly("three");
        assertThat(Rows.of(again.postgres(), "select id from t")).containsExactly("1");
        assertThat(RedisLine.send(again.redis().port(), "GET ticket")).isEqualTo("scored");
      }
      assertThat(child.stores()).as("after close").isEmpty();
    }
  }

  @Test
  void afterKillDuringTheVeryFirstStartTheNextOneBeginsAnew(@TempDir Path directory)
      throws Exception {
    try (ChildJvm child = new ChildJvm(directory)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> Files.exists(directory.resolve("postgres/cluster.part/PG_VERSION")));
      child.kill();
      assertThat(directory.resolve("postgres/cluster")).doesNotExist();

      try (Servers again = Servers.start(directory)) {
        assertThat(Rows.of(again.postgres(), "select current_database()"))
            .containsExactly("tickets");
        Records.createTopic(again.kafka().bootstrapServers());
        assertThat(RedisLine.send(again.redis().port(), "PING")).isEqualTo("PONG");
      }
      assertThat(child.stores()).isEmpty();
    }
  }

  @Test
  void ctrlCStopsEverythingInOrderAndLeavesNoOrphan(@TempDir Path directory) throws Exception {
    try (ChildJvm child = new ChildJvm(directory)) {
      child.awaitReady();
      assertThat(child.stores()).hasSize(2);
      child.interruptGroup();
      assertThat(child.endsWithin(Duration.ofSeconds(70))).as("the JVM ended").isTrue();
      assertThat(child.stores()).isEmpty();
    }
    assertThat(directory.resolve("kafka/log/.kafka_cleanshutdown")).exists();
    assertThat(directory.resolve("postgres/postgres.log"))
        .content()
        .contains("received fast shutdown request")
        .contains("database system is shut down");
    assertThat(directory.resolve("redis/redis.log"))
        .content()
        .contains("Redis is now ready to exit");
  }
}
