package tickets.scorer.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.scorer.switching.ModelDirectories.NotAllowed;

class ModelDirectoriesTest {

  @TempDir Path place;
  private Path root;
  private ModelDirectories directories;

  @BeforeEach
  void makeModels() throws IOException {
    root = Files.createDirectories(place.toRealPath().resolve("models"));
    Files.createDirectories(root.resolve("desk/deep"));
    Files.writeString(root.resolve("desk/config.json"), "{}");
    Files.writeString(root.resolve("file"), "");
    Files.createDirectories(place.resolve("models-too/desk"));
    Files.createDirectories(place.resolve("secret"));
    Files.writeString(place.resolve("secret/config.json"), "{}");
    directories = new ModelDirectories(root);
  }

  @Test
  void aDirectoryBelowIsFoundByEitherPath() throws NotAllowed {
    assertThat(directories.resolve("desk")).isEqualTo(root.resolve("desk"));
    assertThat(directories.resolve("desk/deep")).isEqualTo(root.resolve("desk/deep"));
    assertThat(directories.resolve("./desk/../desk")).isEqualTo(root.resolve("desk"));
    assertThat(directories.resolve(root.resolve("desk").toString()))
        .isEqualTo(root.resolve("desk"));
  }

  @Test
  void linksAreFollowedWithinIt() throws Exception {
    Files.createSymbolicLink(root.resolve("current"), Path.of("desk"));
    Files.createSymbolicLink(root.resolve("desk/linked.json"), root.resolve("file"));

    assertThat(directories.resolve("current")).isEqualTo(root.resolve("desk"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret",
        "desk/../../secret",
        "..",
        ".",
        "",
        "/",
        "/etc",
        "/etc/passwd",
        "../models-too/desk",
        "missing",
        "../missing"
      })
  void nothingElseIsAndWhetherItExistsIsNotTold(String path) {
    assertThatThrownBy(() -> directories.resolve(path))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("does not exist below MODELS_DIR")
        .hasMessageNotContaining(place.toString());
  }

  @Test
  void aPathThatIsNoneIsRefused() {
    assertThatThrownBy(() -> directories.resolve("a\0b")).isInstanceOf(NotAllowed.class);
    assertThatThrownBy(() -> directories.resolve("file"))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("is a file");
  }

  @Test
  void aLinkThatLeadsOutIsRefused() throws IOException {
    Files.createSymbolicLink(root.resolve("way-out"), place.resolve("secret"));
    assertThatThrownBy(() -> directories.resolve("way-out"))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("does not exist below MODELS_DIR");
  }

  @Test
  void soIsADirectoryWithAFileThatIsOne() throws IOException {
    Files.createSymbolicLink(
        root.resolve("desk/model.safetensors"), place.resolve("secret/config.json"));
    assertThatThrownBy(() -> directories.resolve("desk"))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("model.safetensors is a link that leads out");
  }

  @Test
  void anAdaptersBaseHasToLieThereToo() throws Exception {
    Path adapter = Files.createDirectory(root.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"../desk\"}");
    assertThat(directories.resolve("adapter")).isEqualTo(adapter);

    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"../../secret\"}");
    assertThatThrownBy(() -> directories.resolve("adapter"))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("base does not lie below MODELS_DIR");
  }

  @Test
  void withoutTheDirectoryEverythingIsRefused() {
    assertThatThrownBy(() -> new ModelDirectories(place.resolve("nowhere")).resolve("desk"))
        .isInstanceOf(NotAllowed.class)
        .hasMessageContaining("MODELS_DIR");
  }
}
