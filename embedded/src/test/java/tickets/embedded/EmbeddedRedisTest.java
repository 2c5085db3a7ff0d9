package tickets.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisTest {

  @Test
  void keepsKeysOnAnotherPort(@TempDir Path parent) throws Exception {
    Path directory = parent.resolve("with \"quotes\" and spaces");
    int firstPort;
    EmbeddedRedis redis = EmbeddedRedis.start(directory, 0);
    try {
      firstPort = redis.port();
      assertThat(RedisLine.send(redis.port(), "SET ticket scored EX 1000")).isEqualTo("OK");
      assertThatThrownBy(() -> EmbeddedRedis.start(directory, 0))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("already runs in this process");
    } finally {
      redis.close();
      redis.close();
    }
    try (EmbeddedRedis again = EmbeddedRedis.start(directory, 0)) {
      assertThat(again.port()).isNotEqualTo(firstPort);
      assertThat(again.url()).isEqualTo("redis://127.0.0.1:%d", again.port());
      assertThat(RedisLine.send(again.port(), "GET ticket")).isEqualTo("scored");
    }
  }

  @Test
  void othersOnTheMachineCanNotMakeItWriteFiles(@TempDir Path directory) throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start(directory, 0)) {
      assertThat(RedisLine.send(redis.port(), "CONFIG SET dir /tmp"))
          .startsWith("ERR unknown command");
    }
  }

  @Test
  void aPortInUseIsNamed(@TempDir Path directory) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> EmbeddedRedis.start(directory, taken.getLocalPort()))
          .isInstanceOf(EmbeddedFailure.class)
          .hasMessageContaining("Redis can't use port " + taken.getLocalPort());
    }
  }
}
