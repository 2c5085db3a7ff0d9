package tickets.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What makes a start impossible is said in one line, before anything is started")
class CannotStartTest {

  @TempDir Path work;
  private Path model;

  @BeforeEach
  void aDirectoryThatLooksLikeAModel() throws Exception {
    model = Files.createDirectory(work.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
  }

  @Test
  void aPortInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> check(taken.getLocalPort(), FreePorts.one()))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining("Port " + taken.getLocalPort() + " (PORT)")
          .hasMessageContaining("PORT=")
          .hasMessageNotContaining("\n");
      assertThatThrownBy(() -> check(FreePorts.one(), taken.getLocalPort()))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining("(KAFKA_PORT)");
    }
  }

  @Test
  void aMissingModel() {
    Path nowhere = work.resolve("nowhere");
    assertThatThrownBy(
            () ->
                Preflight.check(
                    new StartSettings(
                        "127.0.0.1", FreePorts.one(), FreePorts.one(), work.resolve("d"), nowhere)))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining(nowhere.toString())
        .hasMessageContaining("MODEL_PATH");
    assertThat(work.resolve("d")).doesNotExist();
  }

  @Test
  void aDataDirectoryInUse() {
    FileLock first = check(FreePorts.one(), FreePorts.one());
    try {
      assertThatThrownBy(() -> check(FreePorts.one(), FreePorts.one()))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining("Another ./start is running");
    } finally {
      Preflight.release(first);
    }
    Preflight.release(check(FreePorts.one(), FreePorts.one()));
  }

  @Test
  void aDataDirectoryThatIsAFile() throws Exception {
    Path file = Files.writeString(work.resolve("file"), "");
    assertThatThrownBy(
            () ->
                Preflight.check(
                    new StartSettings("127.0.0.1", FreePorts.one(), FreePorts.one(), file, model)))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("DATA_DIR");
  }

  @Test
  void aSettingThatMakesNoSense() {
    assertThatThrownBy(() -> StartSettings.from(Map.of("PORT", "eighty")))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("PORT=eighty");
    assertThatThrownBy(() -> StartSettings.from(Map.of("KAFKA_PORT", "70000")))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("65535");
    assertThatThrownBy(() -> StartSettings.from(Map.of("LOG_FORMAT", "xml")))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("LOG_FORMAT=xml");
    assertThatThrownBy(() -> check(9, 9)).isInstanceOf(CannotStart.class);
  }

  @Test
  void aServiceOpenToOthersByAccident() {
    StartSettings everywhere =
        StartSettings.from(
            Map.of(
                "BIND",
                "0.0.0.0",
                "DATA_DIR",
                work.resolve("d").toString(),
                "MODEL_PATH",
                model.toString()));
    assertThatThrownBy(() -> Preflight.check(everywhere))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("BIND=0.0.0.0")
        .hasMessageContaining("API_KEYS")
        .hasMessageNotContaining("\n");
    assertThat(work.resolve("d")).doesNotExist();
  }

  private FileLock check(int port, int kafkaPort) {
    return Preflight.check(
        new StartSettings("127.0.0.1", port, kafkaPort, work.resolve("data"), model));
  }
}
