package tickets.scorer.switching;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tickets.contract.ModelCommand;
import tickets.contract.ScorerStatus;
import tickets.scorer.model.ModelManifest;
import tickets.scorer.model.ScoringEngine;
import tickets.scorer.model.UnusableModel;

/**
 * Carries commands out: loads the model beside the one that scores, looks whether it is the one
 * that is meant, and has it take over. Where any of that fails the model of before goes on, and
 * {@link #progress} and the log say why.
 */
public final class ModelSwitch {
  private static final Logger log = LoggerFactory.getLogger(ModelSwitch.class);

  private final SwitchableEngine engine;
  private final Path ofTheStart;
  private final ModelDirectories directories;
  private final Function<Path, ScoringEngine> loader;
  private final Runnable changed;
  private final Runnable refused;
  private volatile Progress progress = new Progress(0, ScorerStatus.State.SERVING, null);
  private boolean switched;

  /**
   * How far the newest command is.
   *
   * @param epoch of that command; 0 if there was none
   * @param problem why it was refused
   */
  public record Progress(long epoch, ScorerStatus.State state, @Nullable String problem) {}

  /**
   * @param engine scores by now with the model of {@code ofTheStart}
   * @param ofTheStart the directory of the model that a command without a path means
   * @param directories where commanded models may lie
   * @param loader loads and warms up the model of a directory
   * @param changed is called when {@link #progress} has
   * @param refused is called when a command can't be carried out
   */
  public ModelSwitch(
      SwitchableEngine engine,
      Path ofTheStart,
      ModelDirectories directories,
      Function<Path, ScoringEngine> loader,
      Runnable changed,
      Runnable refused) {
    this.engine = engine;
    this.ofTheStart = ofTheStart;
    this.directories = directories;
    this.loader = loader;
    this.changed = changed;
    this.refused = refused;
  }

  public Progress progress() {
    return progress;
  }

  /** Returns when the model scores, or can't. Called by one thread. */
  public void follow(ModelCommand command) {
    String name = command.path() == null ? "the model of the start" : command.path();
    if (!switched && isOfTheStart(command)) {
      log.info("Command {} asks for {}, which scores already", command.epoch(), name);
      tell(new Progress(command.epoch(), ScorerStatus.State.SERVING, null));
      return;
    }
    // Also if it is where the model of this moment came from: other files may lie there by now.
    log.info("Command {} asks for {}: it is being loaded", command.epoch(), name);
    tell(new Progress(command.epoch(), ScorerStatus.State.LOADING, null));
    long start = System.nanoTime();
    ModelManifest before = engine.manifest();
    try {
      ScoringEngine next = load(command);
      log.info(
          "Switched by command {} to model {} {} (digest {}), loaded in {} ms; it was {} {} ({})",
          command.epoch(),
          next.manifest().name(),
          next.manifest().version(),
          next.manifest().digest(),
          Duration.ofNanos(System.nanoTime() - start).toMillis(),
          before.name(),
          before.version(),
          before.digest());
      switched = true;
      engine.switchTo(next);
      tell(new Progress(command.epoch(), ScorerStatus.State.SERVING, null));
    } catch (ModelDirectories.NotAllowed | RuntimeException | OutOfMemoryError e) {
      String problem = String.valueOf(e.getMessage());
      log.error(
          "Command {} can't be carried out: {}. Model {} {} ({}) goes on scoring",
          command.epoch(),
          problem,
          before.name(),
          before.version(),
          before.digest());
      refused.run();
      tell(new Progress(command.epoch(), ScorerStatus.State.REFUSED, problem));
    }
  }

  /** Saves a restarted scorer from loading the same twice. */
  private boolean isOfTheStart(ModelCommand command) {
    String path = command.path();
    try {
      return (path == null || directories.resolve(path).equals(ofTheStart.toRealPath()))
          && (command.digest() == null || command.digest().equals(engine.manifest().digest()));
    } catch (ModelDirectories.NotAllowed | UnusableModel | IOException e) {
      // Said when it is loaded.
      return false;
    }
  }

  private ScoringEngine load(ModelCommand command) throws ModelDirectories.NotAllowed {
    String path = command.path();
    Path directory = path == null ? ofTheStart : directories.resolve(path);
    ScoringEngine next;
    try {
      next = loader.apply(directory);
    } catch (RuntimeException e) {
      // Callers see it at /status, and need not know where on this machine models lie.
      throw new IllegalStateException(
          String.valueOf(e.getMessage())
              .replace(directory.toAbsolutePath().toString(), path == null ? "MODEL_PATH" : path)
              .replace(directory.toString(), path == null ? "MODEL_PATH" : path),
          e);
    }
    String digest = next.manifest().digest();
    if (command.digest() != null && !command.digest().equals(digest)) {
      next.close();
      throw new IllegalStateException(
          "The model has the digest " + digest + ", and " + command.digest() + " is commanded");
    }
    return next;
  }

  private void tell(Progress now) {
    progress = now;
    changed.run();
  }
}
