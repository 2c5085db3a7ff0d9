package tickets.scorer.switching;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.contract.ModelCommand;
import tickets.contract.ScorerStatus;
import tickets.scorer.model.ScoringEngine;

class ModelSwitchTest {

  @TempDir Path models;
  private final Map<String, NamedEngine> loaded = new HashMap<>();
  private final List<ScorerStatus.State> told = new ArrayList<>();
  private final AtomicInteger refused = new AtomicInteger();
  private SwitchableEngine engine;
  private ModelSwitch modelSwitch;

  @BeforeEach
  void makeModels() throws IOException {
    for (String name : List.of("start", "other", "broken")) {
      Files.createDirectory(models.resolve(name));
    }
    engine = new SwitchableEngine(new NamedEngine("start"));
    modelSwitch =
        new ModelSwitch(
            engine,
            models.resolve("start"),
            new ModelDirectories(models),
            this::load,
            this::changed,
            refused::incrementAndGet);
  }

  private void changed() {
    told.add(modelSwitch.progress().state());
  }

  private ScoringEngine load(Path directory) {
    String name = directory.getFileName().toString();
    if (name.equals("broken")) {
      throw new IllegalStateException(directory + ": has no config.json.");
    }
    NamedEngine made = new NamedEngine(name);
    loaded.put(name, made);
    return made;
  }

  private static ModelCommand command(long epoch, @Nullable String path, @Nullable String digest) {
    return new ModelCommand(
        epoch, path, digest, ModelCommand.Target.OF_THE_START, Instant.now(), null);
  }

  @Test
  void itLoadsSwitchesAndTells() {
    modelSwitch.follow(command(1, "other", NamedEngine.digest("other")));

    assertThat(engine.manifest().name()).isEqualTo("other");
    assertThat(told).containsExactly(ScorerStatus.State.LOADING, ScorerStatus.State.SERVING);
    assertThat(modelSwitch.progress())
        .isEqualTo(new ModelSwitch.Progress(1, ScorerStatus.State.SERVING, null));
  }

  @Test
  void backIsOneStep() {
    modelSwitch.follow(command(1, "other", null));
    modelSwitch.follow(command(2, null, null));

    assertThat(engine.manifest().name()).isEqualTo("start");
    assertThat(modelSwitch.progress().epoch()).isEqualTo(2);
    assertThat(loaded.get("other").isClosed()).isTrue();
  }

  @Test
  void aModelThatCantBeLoadedChangesNothingAndIsSaidWithoutTheMachinesPaths() {
    modelSwitch.follow(command(4, "broken", null));

    assertThat(engine.manifest().name()).isEqualTo("start");
    assertThat(refused).hasValue(1);
    assertThat(modelSwitch.progress())
        .isEqualTo(
            new ModelSwitch.Progress(4, ScorerStatus.State.REFUSED, "broken: has no config.json."));
  }

  @Test
  void neitherDoesOneWithAnotherDigestWhichIsClosedAgain() {
    modelSwitch.follow(command(1, "other", NamedEngine.digest("yet another")));

    assertThat(engine.manifest().name()).isEqualTo("start");
    assertThat(loaded.get("other").isClosed()).isTrue();
    assertThat(modelSwitch.progress().problem())
        .contains(NamedEngine.digest("other"))
        .contains(NamedEngine.digest("yet another"));
  }

  @Test
  void norAPathThatIsNotAllowed() {
    modelSwitch.follow(command(1, "../elsewhere", null));

    assertThat(engine.manifest().name()).isEqualTo("start");
    assertThat(modelSwitch.progress().state()).isEqualTo(ScorerStatus.State.REFUSED);
    assertThat(loaded).isEmpty();
  }

  @Test
  void afterARefusalTheNextCommandIsFollowed() {
    modelSwitch.follow(command(1, "broken", null));
    modelSwitch.follow(command(2, "other", null));

    assertThat(engine.manifest().name()).isEqualTo("other");
    assertThat(modelSwitch.progress().state()).isEqualTo(ScorerStatus.State.SERVING);
  }

  @Test
  void aRestartedScorerDoesNotLoadTheModelOfItsStartTwice() {
    modelSwitch.follow(command(7, null, null));
    modelSwitch.follow(command(8, "start", NamedEngine.digest("start")));

    assertThat(loaded).isEmpty();
    assertThat(modelSwitch.progress())
        .isEqualTo(new ModelSwitch.Progress(8, ScorerStatus.State.SERVING, null));
  }

  @Test
  void theSamePathOnceMoreIsLoadedAnew() {
    modelSwitch.follow(command(1, "other", null));
    NamedEngine before = loaded.get("other");
    modelSwitch.follow(command(2, "other", null));

    assertThat(loaded.get("other")).isNotSameAs(before);
    assertThat(before.isClosed()).isTrue();
  }
}
