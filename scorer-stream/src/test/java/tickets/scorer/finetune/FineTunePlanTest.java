package tickets.scorer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tickets.scorer.model.TrainableBert.Method;

class FineTunePlanTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"binary", "multiclass", "lora", "head"})
  void readyConfigurationsAreRead(String name) {
    FineTunePlan config = FineTunePlan.read(Path.of("../models/configs").resolve(name + ".yaml"));

    assertThat(config.labels()).hasSizeBetween(2, 4);
    assertThat(config.base()).isEqualTo(Path.of("models/base-encoder-ru-en"));
    assertThat(config.output().toString()).startsWith("models/my-desk");
  }

  @Test
  void fewKeysSuffice() throws IOException {
    FineTunePlan config = read("base: b\noutput: out/mine\ndata: {train: t.csv}\n");

    assertThat(config.method()).isEqualTo(Method.FULL);
    assertThat(config.name()).isEqualTo("mine");
    assertThat(config.training().epochs()).isEqualTo(4);
    assertThat(config.training().learningRate()).isEqualTo(1e-4);
    assertThat(config.labels()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      textBlock =
          """
          lerning: 1                                => lerning is unknown
          training: {epoch: 3}                      => training.epoch is unknown
          training: {epochs: none}                  => training.epochs must be a number
          training: {epochs: 2.5}                   => training.epochs must be a whole number
          training: {learning_rate: 7}              => training.learning_rate must be a number from
          training: {schedule: step}                => one of [linear, cosine, constant]
          training: 3                               => training must be a section
          method: adapter                           => one of [full, lora, head]
          labels: [{label: A}]                      => labels names one
          labels: [{label: A}, {label: a}]          => one of them twice
          labels: [A, B]                            => labels must be a list of sections
          lora: {rank: 0}                           => lora.rank must be a number from 1
          """)
  void whatIsWrongIsNamed(String line, String message) throws IOException {
    String yaml = "base: b\noutput: o\ndata: {train: t.csv}\n" + line.strip() + "\n";

    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UnusablePlan.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void dataComeFromAFileOrFromPostgres() throws IOException {
    assertThatThrownBy(() -> read("base: b\noutput: o\n"))
        .hasMessageContaining("data needs train (a file) or postgres");
    assertThatThrownBy(
            () ->
                read(
                    "base: b\noutput: o\ndata: {postgres: {url: '${NOT_SET_ANYWHERE}', query: q}}\n"))
        .hasMessageContaining("NOT_SET_ANYWHERE, which is not set");
    assertThat(
            read("base: b\noutput: o\ndata: {postgres: {url: 'postgresql://h/d', query: select 1}}\n")
                .data()
                .query())
        .isEqualTo("select 1");
  }

  private FineTunePlan read(String yaml) throws IOException {
    return FineTunePlan.read(Files.writeString(directory.resolve("c.yaml"), yaml));
  }
}
