package tickets.scorer.finetune;

/**
 * How well logits fit labels.
 *
 * @param loss mean cross entropy, in nats
 * @param macroF1 mean F1 of the labels that occur
 */
record Judgement(double loss, double macroF1) {

  static Judgement of(float[][] logits, Trainer.Validation validation) {
    int labels = validation.labelCount();
    int[] truth = validation.labels();
    int[] right = new int[labels];
    int[] chosen = new int[labels];
    int[] there = new int[labels];
    double loss = 0;
    for (int i = 0; i < truth.length; i++) {
      int best = 0;
      double highest = Double.NEGATIVE_INFINITY;
      for (int label = 0; label < labels; label++) {
        if (logits[i][label] > highest) {
          highest = logits[i][label];
          best = label;
        }
      }
      double sum = 0;
      for (float logit : logits[i]) {
        sum += Math.exp(logit - highest);
      }
      loss += highest + Math.log(sum) - logits[i][truth[i]];
      there[truth[i]]++;
      chosen[best]++;
      if (best == truth[i]) {
        right[best]++;
      }
    }
    double f1 = 0;
    int occur = 0;
    for (int label = 0; label < labels; label++) {
      if (there[label] + chosen[label] > 0) {
        occur++;
        f1 += 2.0 * right[label] / (there[label] + chosen[label]);
      }
    }
    return new Judgement(loss / truth.length, f1 / occur);
  }
}
