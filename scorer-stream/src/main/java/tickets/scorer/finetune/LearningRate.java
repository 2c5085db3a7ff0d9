package tickets.scorer.finetune;

import tickets.scorer.finetune.FineTunePlan.Training;

/** The learning rate of each step: up from nothing, then down to nothing as the schedule has it. */
record LearningRate(Training training, int steps) {

  /**
   * @param step from 0
   */
  double at(int step) {
    double warm = training.warmUp() * steps;
    if (step < warm) {
      return training.learningRate() * (step + 1) / (warm + 1);
    }
    double done = steps <= warm ? 1 : Math.min(1, (step - warm) / (steps - warm));
    return training.learningRate()
        * switch (training.schedule()) {
          case CONSTANT -> 1;
          case LINEAR -> 1 - done;
          case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
        };
  }
}
