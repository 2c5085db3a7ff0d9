package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceIdTest {

  @TempDir Path directory;

  @Test
  void aRestartedScorerHasTheSameId() {
    UUID first;
    try (InstanceId id = InstanceId.claim(directory.resolve("not/there/yet"))) {
      first = id.id();
    }
    try (InstanceId id = InstanceId.claim(directory.resolve("not/there/yet"))) {
      assertThat(id.id()).isEqualTo(first);
    }
  }

  @Test
  void aSecondScorerOnTheSameDirectoryTakesAnIdOfItsOwn() {
    try (InstanceId first = InstanceId.claim(directory);
        InstanceId second = InstanceId.claim(directory)) {
      assertThat(second.id()).isNotEqualTo(first.id());
    }
  }

  @Test
  void aDamagedFileIsWrittenAnew() throws IOException {
    Files.writeString(directory.resolve(InstanceId.FILE), "0190a5a0-00 cut off");
    UUID first;
    try (InstanceId id = InstanceId.claim(directory)) {
      first = id.id();
    }
    assertThat(Files.readString(directory.resolve(InstanceId.FILE))).isEqualTo(first + "\n");
  }

  @Test
  void aDirectoryThatCannotBeUsedStillGivesAnId() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "not a directory");
    try (InstanceId one = InstanceId.claim(file);
        InstanceId two = InstanceId.claim(file)) {
      assertThat(one.id()).isNotEqualTo(two.id());
    }
  }
}
