package tickets.scorer.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.scorer.model.KeptCalibration.Measured;

/** What is kept of int8's calibration saves time and changes nothing. */
class KeptCalibrationTest {
  private static final ModelManifest MANIFEST = BundledModel.manifest(Precision.INT8);

  /** Of a start that measured. */
  private static float[][] measured;

  /** What it kept. */
  private static byte[] whole;

  @TempDir Path state;

  @BeforeAll
  static void measure(@TempDir Path state) throws IOException {
    assumeTrue(
        Precision.AUTO.on(Precision.processorFlags()).contains(Precision.INT8),
        "skipped: this processor lacks avx2");
    measured = logits(BundledModel.DIRECTORY, KeptCalibration.in(state.resolve("new")));
    whole = Files.readAllBytes(state.resolve("new").resolve(KeptCalibration.FILE));
  }

  @Test
  void startThatFindsItMeasuresNothingAndGivesTheSameLogits() throws IOException {
    Files.write(state.resolve(KeptCalibration.FILE), whole);

    TicketTokenizer closed = TicketTokenizer.load(BundledModel.DIRECTORY, MANIFEST.maxTokens());
    closed.close();
    // No ticket can be tokenised, so nothing can be measured.
    try (BertPriorityModel model =
        BertPriorityModel.load(
            BundledModel.DIRECTORY, MANIFEST, closed, KeptCalibration.in(state))) {
      assertThat(BundledModel.logits(model, BundledModel.cases())).isDeepEqualTo(measured);
    }
    assertThatThrownBy(
            () ->
                BertPriorityModel.load(
                    BundledModel.DIRECTORY, MANIFEST, closed, KeptCalibration.nowhere()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void damagedFileIsMeasuredAnewAndReplaced() throws IOException {
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(state.resolve(KeptCalibration.FILE), damaged);

    assertThat(logits(BundledModel.DIRECTORY, KeptCalibration.in(state))).isDeepEqualTo(measured);

    assertThat(state.resolve(KeptCalibration.FILE)).hasBinaryContent(whole);
    assertThat(state).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void nothingIsFoundInWhatIsNotWhole() throws IOException {
    String key = BertPriorityModel.calibrationKey(MANIFEST);
    Path file = state.resolve(KeptCalibration.FILE);
    KeptCalibration kept = KeptCalibration.in(state);

    assertThat(kept.find(key)).isNull();
    Files.write(file, whole);
    assertThat(kept.find(key)).isNotNull();
    for (int size : new int[] {0, 1, 64, 103, 104, 108, whole.length - 4, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, size));
      assertThat(kept.find(key)).as("cut off after %d bytes", size).isNull();
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 4));
    assertThat(kept.find(key)).isNull();
    for (int i = 0; i < whole.length; i += 997) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) 0x80;
      Files.write(file, damaged);
      assertThat(kept.find(key)).as("damaged at byte %d", i).isNull();
    }
    Files.delete(file);
    Files.createDirectory(file);
    assertThat(kept.find(key)).isNull();
  }

  @Test
  void anotherModelsIsNotTaken(@TempDir Path directory) throws IOException {
    BundledModel.copyTo(directory);
    // Fewer tickets, so other ranges.
    try (var all = new BufferedReader(new InputStreamReader(bundledTickets(), UTF_8))) {
      Files.write(directory.resolve(Calibration.FILE), all.lines().limit(60).toList());
    }
    Files.write(state.resolve(KeptCalibration.FILE), whole);

    float[][] other = logits(directory, KeptCalibration.in(state));

    assertThat(other).isDeepEqualTo(logits(directory, KeptCalibration.nowhere()));
    assertThat(Arrays.deepEquals(other, measured)).isFalse();
    assertThat(KeptCalibration.in(state).find(BertPriorityModel.calibrationKey(MANIFEST)))
        .as("each directory holds one model's")
        .isNull();
  }

  @Test
  void rangesThatDoNotFitTheModelAreMeasuredAnew() throws IOException {
    String key = BertPriorityModel.calibrationKey(MANIFEST);
    KeptCalibration.in(state).keep(key, new Measured(new float[] {1, 2, 3}, 0.001));

    assertThat(logits(BundledModel.DIRECTORY, KeptCalibration.in(state))).isDeepEqualTo(measured);

    assertThat(state.resolve(KeptCalibration.FILE)).hasBinaryContent(whole);
  }

  @Test
  void directoryThatCannotBeWrittenStopsNothing() throws IOException {
    Path file = Files.createFile(state.resolve("no-directory"));

    assertThat(logits(BundledModel.DIRECTORY, KeptCalibration.in(file.resolve("below"))))
        .isDeepEqualTo(measured);
  }

  @Test
  void modelThatWasRefusedIsRefusedAgain() {
    String key = BertPriorityModel.calibrationKey(MANIFEST);
    KeptCalibration.in(state).keep(key, new Measured(new float[0], 0.02));

    assertThatThrownBy(() -> logits(BundledModel.DIRECTORY, KeptCalibration.in(state)))
        .isInstanceOf(UnusableModel.class)
        .hasMessageContaining("0.020 in the mean")
        .hasMessageContaining("set MODEL_PRECISION=auto");
    try (TicketScorer scorer =
        TicketScorer.loadInFirst(
            BundledModel.DIRECTORY,
            List.of(Precision.INT8, Precision.FP32),
            KeptCalibration.in(state),
            model -> model)) {
      assertThat(scorer.manifest().precision()).isEqualTo(Precision.FP32);
    }
  }

  private static InputStream bundledTickets() {
    return requireNonNull(Calibration.class.getResourceAsStream(Calibration.FILE));
  }

  private static float[][] logits(Path directory, KeptCalibration kept) {
    ModelManifest manifest = ModelManifest.read(directory, Precision.INT8);
    try (TicketTokenizer tokenizer = TicketTokenizer.load(directory, manifest.maxTokens());
        BertPriorityModel model = BertPriorityModel.load(directory, manifest, tokenizer, kept)) {
      return BundledModel.logits(model, BundledModel.cases());
    }
  }
}
