package tickets.scorer.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.Sha256;

/**
 * What int8's calibration measured, kept in a file from one start to the next: it is the same as
 * long as model, calibration texts, graph, engine and processor are.
 *
 * <p>It saves time and nothing else. A file that is damaged, of other circumstances or can't be
 * written never stops a start: what it would have said is measured anew.
 *
 * <pre>
 *   key [64 bytes]   change [8]   ranges [4 each]   SHA-256 of all before [32]
 * </pre>
 */
final class KeptCalibration {
  private static final Logger log = LoggerFactory.getLogger(KeptCalibration.class);

  static final String FILE = "int8-calibration";

  private static final int KEY_BYTES = 64;
  private static final int DIGEST_BYTES = 32;
  private static final int FEWEST_BYTES = KEY_BYTES + Double.BYTES + DIGEST_BYTES;

  /** BERT large needs 1.5 MB. */
  private static final long MOST_BYTES = 64L << 20;

  /**
   * @param ranges of the activations, as the graph's {@code ranges} tells and its {@code resume}
   *     takes them
   * @param change how far int8 moves probabilities, in the mean over the tickets checked and all
   *     labels
   */
  record Measured(float[] ranges, double change) {

    /**
     * @throws UnusableModel if that is more than {@link Calibration#MEAN_CHANGE_ALLOWED}
     */
    void requireClose() {
      if (!(change <= Calibration.MEAN_CHANGE_ALLOWED)) {
        throw new UnusableModel(
            String.format(
                Locale.ROOT,
                "int8 moves this model's probabilities by %.3f in the mean, and %.3f is allowed:"
                    + " set MODEL_PRECISION=auto.",
                change,
                Calibration.MEAN_CHANGE_ALLOWED));
      }
    }
  }

  private final @Nullable Path directory;

  private KeptCalibration(@Nullable Path directory) {
    this.directory = directory;
  }

  /** In this directory, which need not exist yet. */
  static KeptCalibration in(Path directory) {
    return new KeptCalibration(directory);
  }

  /** Nothing is kept, and nothing found. */
  static KeptCalibration nowhere() {
    return new KeptCalibration(null);
  }

  /** Names everything that a measurement depends on; 64 characters. */
  static String key(String... circumstances) {
    return Sha256.hex(String.join("\n", circumstances));
  }

  /** What was measured under that key; null if it has to be measured. */
  @Nullable Measured find(String key) {
    if (directory == null) {
      return null;
    }
    Path file = directory.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
        log.warn("{} is not what was kept there: int8 is calibrated anew", file);
        return null;
      }
      byte[] bytes = Files.readAllBytes(file);
      Measured measured = read(key, bytes);
      if (measured == null && !intact(bytes)) {
        log.warn("{} is damaged: int8 is calibrated anew", file);
      }
      return measured;
    } catch (IOException e) {
      log.warn("{} can't be read: int8 is calibrated anew ({})", file, e.toString());
      return null;
    }
  }

  private static @Nullable Measured read(String key, byte[] bytes) {
    if (!intact(bytes)
        || !key.equals(new String(bytes, 0, KEY_BYTES, StandardCharsets.ISO_8859_1))) {
      return null;
    }
    ByteBuffer content = ByteBuffer.wrap(bytes, KEY_BYTES, bytes.length - KEY_BYTES - DIGEST_BYTES);
    double change = content.getDouble();
    float[] ranges = new float[content.remaining() / Float.BYTES];
    content.asFloatBuffer().get(ranges);
    return new Measured(ranges, change);
  }

  private static boolean intact(byte[] bytes) {
    return bytes.length >= FEWEST_BYTES
        && (bytes.length - FEWEST_BYTES) % Float.BYTES == 0
        && Arrays.equals(
            digest(bytes), Arrays.copyOfRange(bytes, bytes.length - DIGEST_BYTES, bytes.length));
  }

  /** Of all but the last bytes, where it stands itself. */
  private static byte[] digest(byte[] bytes) {
    var digest = Sha256.digest();
    digest.update(bytes, 0, bytes.length - DIGEST_BYTES);
    return digest.digest();
  }

  /** For the next start; the log says if that can't be done. */
  void keep(String key, Measured measured) {
    if (directory == null) {
      return;
    }
    byte[] bytes = new byte[FEWEST_BYTES + measured.ranges().length * Float.BYTES];
    ByteBuffer content = ByteBuffer.wrap(bytes);
    content.put(key.getBytes(StandardCharsets.ISO_8859_1)).putDouble(measured.change());
    for (float bound : measured.ranges()) {
      content.putFloat(bound);
    }
    content.put(digest(bytes));
    // Two scorers that share the directory may write into one another: the digest tells.
    Path whole = directory.resolve(FILE + ".new");
    try {
      Files.createDirectories(directory);
      Files.write(whole, bytes);
      Files.move(whole, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      log.warn(
          "int8's calibration can't be kept in {}, so each start takes some seconds longer ({})",
          directory,
          e.toString());
    }
  }
}
