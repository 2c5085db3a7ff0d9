package tickets.scorer.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tickets.scorer.finetune.FineTunePlan.Label;
import tickets.scorer.labelled.LabelNames;
import tickets.scorer.labelled.LabelledTicket;

/** The labels of a model, and which of them a row of the data means. */
final class LabelSet {
  private final List<Label> labels;
  private final LabelNames names = new LabelNames();

  LabelSet(List<Label> labels) {
    this.labels = List.copyOf(labels);
    for (int i = 0; i < labels.size(); i++) {
      Label label = labels.get(i);
      note(label.label(), i);
      note(label.priority(), i);
      for (String value : label.values()) {
        note(value, i);
      }
    }
    // A number is a place in the list, unless it is some label's own name.
    for (int i = 0; i < labels.size(); i++) {
      names.add(Integer.toString(i), i);
    }
  }

  /**
   * Those of the data: numbers by size, names by the alphabet. Nobody knows which of such names is
   * the more urgent.
   */
  static LabelSet of(List<LabelledTicket> tickets) {
    TreeSet<String> values = new TreeSet<>();
    tickets.forEach(ticket -> values.add(LabelNames.key(ticket.label())));
    List<String> inOrder = new ArrayList<>(values);
    if (inOrder.stream().allMatch(value -> value.matches("-?\\d{1,9}"))) {
      inOrder.sort((a, b) -> Integer.compare(Integer.parseInt(a), Integer.parseInt(b)));
    }
    if (inOrder.size() < 2 || inOrder.size() > 100) {
      throw new UnusablePlan(
          "The data have "
              + inOrder.size()
              + " different labels; 2 to 100 can be learnt. Is data.columns.label the right column?");
    }
    List<Label> labels = new ArrayList<>();
    for (String value : inOrder) {
      labels.add(new Label("LABEL_" + labels.size(), value, List.of(value)));
    }
    return new LabelSet(labels);
  }

  private void note(String value, int label) {
    if (!names.add(value, label)) {
      throw new UnusablePlan("Two labels are called \"" + value + "\".");
    }
  }

  List<Label> labels() {
    return labels;
  }

  List<String> names() {
    return labels.stream().map(Label::label).toList();
  }

  List<String> priorities() {
    return labels.stream().map(Label::priority).toList();
  }

  int size() {
    return labels.size();
  }

  /** The label's number; null if the value is none of them. */
  @Nullable Integer indexOf(String value) {
    OptionalInt index = names.indexOf(value);
    return index.isPresent() ? index.getAsInt() : null;
  }
}
