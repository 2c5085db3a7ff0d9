package tickets.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {

  @Test
  void keepsRowsDurablyOnAnotherPort(@TempDir Path directory) throws Exception {
    int firstPort;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0)) {
      firstPort = postgres.port();
      Rows.of(postgres, "create table t as select 'СРОЧНО'::text as word");
      for (String setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
        assertThat(Rows.of(postgres, "show " + setting)).as(setting).containsExactly("on");
      }
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0)) {
      assertThat(postgres.port()).isNotEqualTo(firstPort);
      assertThat(Rows.of(postgres, "select lower(word) from t")).containsExactly("срочно");
      assertThat(postgres.libpqUrl())
          .isEqualTo(
              "postgresql://tickets:%s@127.0.0.1:%d/tickets", postgres.password(), postgres.port());
      assertThatThrownBy(() -> Rows.of(postgres.port(), "guessed", "select 1"))
          .hasMessageContaining("password authentication failed");
    }
    assertThat(directory.resolve("postgres.log"))
        .content()
        .contains("database system is shut down")
        .doesNotContain("was not properly shut down");
  }

  @Test
  void beginsAnewAfterASetupThatWasCutShort(@TempDir Path directory) throws Exception {
    Files.writeString(
        Files.createDirectories(directory.resolve("cluster.part")).resolve("PG_VERSION"), "18");
    EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0);
    try {
      assertThat(Rows.of(postgres, "select current_database()")).containsExactly("tickets");
      assertThatThrownBy(() -> EmbeddedPostgres.start(directory, 0))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("already runs in this process");
    } finally {
      postgres.close();
      postgres.close();
    }
    // A pid file left by a crash, whose pid now is another program's: this JVM's.
    Files.writeString(
        directory.resolve("cluster/postmaster.pid"),
        ProcessHandle.current().pid() + "\n" + directory.resolve("cluster") + "\n");
    EmbeddedPostgres.start(directory, 0).close();
  }

  @Test
  void aPortInUseIsNamed(@TempDir Path directory) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> EmbeddedPostgres.start(directory, taken.getLocalPort()))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("PostgreSQL can't use port " + taken.getLocalPort());
    }
  }
}
