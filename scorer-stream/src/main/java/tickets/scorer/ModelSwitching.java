package tickets.scorer;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tickets.contract.ScoredTicket;
import tickets.contract.ScorerStatus;
import tickets.scorer.switching.ModelCommands;
import tickets.scorer.switching.ModelDirectories;
import tickets.scorer.switching.ModelSwitch;
import tickets.scorer.switching.StatusReports;
import tickets.scorer.switching.SwitchableEngine;

/** Follows commands, and reports, for as long as the application runs. */
final class ModelSwitching implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ModelSwitching.class);

  /** To read the commands, and to load a model on a machine that is at work already. */
  private static final Duration FIRST_LIMIT = Duration.ofMinutes(2);

  private final ModelSwitch modelSwitch;
  private final ModelCommands commands;
  private final StatusReports reports;
  private volatile boolean running;

  /**
   * @param scorer names this scorer across its restarts
   * @param shadow tells the second model at work, null if there is none
   */
  ModelSwitching(
      ScorerProperties properties,
      SwitchableEngine engine,
      UUID scorer,
      Supplier<ScoredTicket.@Nullable Model> shadow,
      ScorerMeters meters) {
    modelSwitch =
        new ModelSwitch(
            engine,
            properties.modelPath(),
            new ModelDirectories(properties.modelsDir()),
            properties::loadModel,
            this::changed,
            meters::modelRefused);
    engine.onSwitch(next -> meters.modelSwitched());
    meters.modelEpoch(() -> modelSwitch.progress().epoch());
    Map<String, Object> client = properties.kafkaClient();
    commands = new ModelCommands(client, modelSwitch::follow);
    reports =
        new StatusReports(
            client,
            scorer.toString(),
            () -> {
              ModelSwitch.Progress progress = modelSwitch.progress();
              return new ScorerStatus(
                  scorer.toString(),
                  engine.manifest().asNamedInResults(),
                  progress.epoch(),
                  progress.state(),
                  progress.problem(),
                  shadow.get(),
                  Instant.now());
            });
  }

  /** The status has something new to say. */
  void changed() {
    reports.changed();
  }

  /**
   * Waits until the model that was commanded before this start scores. Where that can't be known,
   * scoring begins with the model of the start, and follows later.
   */
  void awaitFirst() throws InterruptedException {
    if (!commands.awaitFirst(FIRST_LIMIT)) {
      log.warn(
          "What model was commanded is not known after {} s: scoring begins with that of MODEL_PATH",
          FIRST_LIMIT.toSeconds());
    }
  }

  @Override
  public void start() {
    reports.start();
    commands.start();
    running = true;
  }

  @Override
  public void stop() {
    commands.stop();
    reports.stop();
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before the scorers, which wait for it, and stopped after them. */
  @Override
  public int getPhase() {
    return SmartLifecycle.DEFAULT_PHASE - 1;
  }
}
