package tickets.scorer.switching;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tickets.scorer.model.ModelManifest;

/**
 * The directory in which commanded models have to lie. Who may command a model must not be able to
 * have any other file of the machine read.
 */
public final class ModelDirectories {

  /** A model directory has a dozen files; more than this is something else. */
  private static final int MOST_FILES = 1_000;

  private final Path allowed;

  /**
   * @param allowed need not exist; then every path is refused
   */
  public ModelDirectories(Path allowed) {
    this.allowed = allowed;
  }

  /** A path that is not taken; the message says why, for who commanded it. */
  static final class NotAllowed extends Exception {
    NotAllowed(String message) {
      super(message);
    }
  }

  /**
   * The directory that a commanded path means, links followed.
   *
   * @param commanded absolute, or relative to the allowed directory
   * @throws NotAllowed unless it is a directory below the allowed one, and so is all in it, and an
   *     adapter's base
   * @throws tickets.scorer.model.UnusableModel if it holds an adapter whose base is not found
   */
  Path resolve(String commanded) throws NotAllowed {
    Path root;
    try {
      root = allowed.toRealPath();
    } catch (IOException e) {
      throw new NotAllowed(
          "MODELS_DIR, where commanded models have to lie, does not exist on this scorer's"
              + " machine");
    }
    Path directory;
    try {
      directory = root.resolve(commanded).toRealPath();
    } catch (InvalidPathException e) {
      throw new NotAllowed("The path can't be one on this scorer's machine: " + e.getReason());
    } catch (IOException e) {
      // Whether a file elsewhere exists is nobody's business.
      throw new NotAllowed(
          commanded
              + " does not exist below MODELS_DIR on this scorer's machine, or can't be read");
    }
    if (!below(root, directory)) {
      throw new NotAllowed(
          commanded
              + " does not exist below MODELS_DIR on this scorer's machine, or can't be read");
    }
    if (!Files.isDirectory(directory)) {
      throw new NotAllowed(commanded + " is a file; give the directory of a model");
    }
    requireNoWayOut(root, directory, commanded);
    requireBaseBelow(root, directory, commanded);
    return directory;
  }

  /** An adapter's files say where its base is. */
  private static void requireBaseBelow(Path root, Path directory, String commanded)
      throws NotAllowed {
    Path base = ModelManifest.weightsOf(directory);
    if (base.equals(directory)) {
      return;
    }
    try {
      base = base.toRealPath();
    } catch (IOException e) {
      throw new NotAllowed(commanded + ": its base can't be read");
    }
    if (!below(root, base)) {
      throw new NotAllowed(commanded + " is an adapter whose base does not lie below MODELS_DIR");
    }
    requireNoWayOut(root, base, commanded);
  }

  private static void requireNoWayOut(Path root, Path directory, String commanded)
      throws NotAllowed {
    try (Stream<Path> all = Files.walk(directory, 3)) {
      List<Path> files = all.limit(MOST_FILES + 1).toList();
      if (files.size() > MOST_FILES) {
        throw new NotAllowed(
            commanded
                + " holds more than "
                + MOST_FILES
                + " files; give the directory of one model");
      }
      for (Path file : files) {
        if (Files.isSymbolicLink(file) && !below(root, file.toRealPath())) {
          throw new NotAllowed(
              commanded + ": " + file.getFileName() + " is a link that leads out of MODELS_DIR");
        }
      }
    } catch (IOException e) {
      throw new NotAllowed(commanded + " can't be read: " + e.getClass().getSimpleName());
    }
  }

  private static boolean below(Path root, Path path) {
    return path.startsWith(root) && !path.equals(root);
  }
}
