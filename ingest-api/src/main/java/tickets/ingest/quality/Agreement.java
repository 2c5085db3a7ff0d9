package tickets.ingest.quality;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How often people and the model say the same of a ticket. Only of tickets of which a person said
 * something: who only corrects what is wrong, and never confirms what is right, makes it low.
 */
@Schema(
    name = "Agreement",
    description = "How often people and the model agree. Как часто люди согласны с моделью.")
record Agreement(
    @JsonUnwrapped Share overall,
    @Schema(description = "Tickets that people judged and the model did not, beside n")
        @JsonProperty("not_scored")
        long notScored,
    @Schema(description = "By priority") @JsonProperty("classes") List<OfClass> classes,
    @Schema(description = "What the model said and what people said, counted; largest first")
        @JsonProperty("confusion")
        List<Confusion> confusion,
    @Schema(description = "By language of the text: ru, en, other; unknown where nobody has told")
        @JsonProperty("languages")
        Map<String, Share> languages,
    @Schema(description = "By ISO week in which the person spoke, UTC: 2026-W48")
        @JsonProperty("weeks")
        Map<String, Share> weeks) {

  /** How many of some tickets. */
  @Schema(name = "Share", description = "Of some tickets, on how many people and the model agree")
  record Share(
      @Schema(description = "Scored tickets of which a person said something") @JsonProperty("n")
          long n,
      @Schema(description = "Of those, how many have the priority that the model gave")
          @JsonProperty("agreed")
          long agreed,
      @Schema(description = "agreed / n, 0 to 1; null if n is 0")
          @JsonProperty("agreement")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable Double agreement) {

    static Share of(List<Judged> scored) {
      long n = count(scored, any -> true);
      long agreed = count(scored, Judged::agrees);
      return new Share(n, agreed, part(agreed, n));
    }

    /** By some property, in its order. */
    static Map<String, Share> by(List<Judged> scored, Function<Judged, String> key) {
      return scored.stream()
          .collect(
              Collectors.groupingBy(
                  key, TreeMap::new, Collectors.collectingAndThen(Collectors.toList(), Share::of)));
    }
  }

  /** Of one priority. */
  @Schema(name = "AgreementOfClass", description = "One priority")
  record OfClass(
      @Schema(description = "The model's label", example = "LABEL_2") @JsonProperty("task_priority")
          String taskPriority,
      @Schema(description = "Its readable name, else the label", example = "high")
          @JsonProperty("priority")
          String priority,
      @Schema(description = "Tickets to which the model gave it") @JsonProperty("model_said")
          long modelSaid,
      @Schema(description = "Tickets to which people gave it") @JsonProperty("people_said")
          long peopleSaid,
      @Schema(description = "Tickets to which both did") @JsonProperty("both") long both,
      @Schema(description = "both / model_said: how often the model is right to say it")
          @JsonProperty("precision")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable Double precision,
      @Schema(description = "both / people_said: how often the model says it where people do")
          @JsonProperty("recall")
          @JsonInclude(JsonInclude.Include.ALWAYS)
          @Nullable Double recall) {}

  /** One cell of the confusion matrix. */
  @Schema(name = "Confusion", description = "Tickets of which the model and people said this")
  record Confusion(
      @Schema(description = "Label that the model gave", example = "LABEL_1") @JsonProperty("model")
          String model,
      @Schema(description = "Label that people gave", example = "LABEL_2") @JsonProperty("people")
          String people,
      @Schema(description = "How many tickets") @JsonProperty("n") long n) {}

  static Agreement of(List<Judged> judged) {
    List<Judged> scored = judged.stream().filter(Judged::isScored).toList();
    return new Agreement(
        Share.of(scored),
        count(judged, one -> !one.isScored()),
        classes(scored),
        confusion(scored),
        Share.by(scored, Judged::language),
        Share.by(scored, Judged::week));
  }

  private static List<OfClass> classes(List<Judged> scored) {
    Map<String, String> names = new TreeMap<>();
    scored.forEach(
        one -> {
          names.putIfAbsent(one.peopleLabel(), one.peopleLabelName());
          names.putIfAbsent(one.model(), one.modelName());
        });
    return names.entrySet().stream()
        .map(
            label -> {
              String is = label.getKey();
              long model = count(scored, one -> one.model().equals(is));
              long people = count(scored, one -> one.peopleLabel().equals(is));
              long both =
                  count(scored, one -> one.model().equals(is) && one.peopleLabel().equals(is));
              return new OfClass(
                  is, label.getValue(), model, people, both, part(both, model), part(both, people));
            })
        .toList();
  }

  private static List<Confusion> confusion(List<Judged> scored) {
    record Cell(String model, String people) {}
    return scored.stream()
        .collect(
            Collectors.groupingBy(
                one -> new Cell(one.model(), one.peopleLabel()),
                Collectors.summingLong(Judged::tickets)))
        .entrySet()
        .stream()
        .map(cell -> new Confusion(cell.getKey().model(), cell.getKey().people(), cell.getValue()))
        .sorted(
            Comparator.comparingLong(Confusion::n)
                .reversed()
                .thenComparing(Confusion::model)
                .thenComparing(Confusion::people))
        .toList();
  }

  static long count(List<Judged> judged, Predicate<Judged> which) {
    return judged.stream().filter(which).mapToLong(Judged::tickets).sum();
  }

  private static @Nullable Double part(long some, long all) {
    return all == 0 ? null : Math.round(10_000.0 * some / all) / 10_000.0;
  }
}
