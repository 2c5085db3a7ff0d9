package tickets.scorer.finetune;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A part of a YAML file. Every value that is asked for is checked; a key that nobody asked for is
 * an error, since it is most likely a slip.
 */
final class YamlSection {
  private final String place;
  private final Map<?, ?> values;
  private final Set<String> asked = new LinkedHashSet<>();

  private YamlSection(String place, Map<?, ?> values) {
    this.place = place;
    this.values = values;
  }

  static YamlSection read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UnusablePlan(file + " is not there, or is no file.");
    }
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      Object root = new Yaml(new SafeConstructor(options)).load(reader);
      if (!(root instanceof Map<?, ?> map)) {
        throw new UnusablePlan(file + " has no keys at its top level.");
      }
      return new YamlSection("", map);
    } catch (YAMLException e) {
      throw new UnusablePlan(file + " is not YAML: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UnusablePlan(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** A section of this one; an empty one where it is missing. */
  YamlSection section(String key) {
    Object value = value(key);
    if (value == null) {
      return new YamlSection(place + key + ".", Map.of());
    }
    if (value instanceof Map<?, ?> map) {
      return new YamlSection(place + key + ".", map);
    }
    throw wrong(key, "a section with keys of its own");
  }

  /** The sections of a list; empty where it is missing. */
  List<YamlSection> sections(String key) {
    List<YamlSection> sections = new ArrayList<>();
    for (Object entry : list(key)) {
      if (!(entry instanceof Map<?, ?> map)) {
        throw wrong(key, "a list of sections");
      }
      sections.add(new YamlSection(place + key + "[" + sections.size() + "].", map));
    }
    return sections;
  }

  boolean has(String key) {
    return value(key) != null;
  }

  String text(String key, String usual) {
    Object value = value(key);
    if (value instanceof Map || value instanceof List) {
      throw wrong(key, "a text");
    }
    return value == null ? usual : value.toString();
  }

  String required(String key) {
    String value = text(key, "");
    if (value.isBlank()) {
      throw new UnusablePlan(place + key + " is missing.");
    }
    return value;
  }

  List<String> texts(String key, List<String> usual) {
    return has(key) ? list(key).stream().map(String::valueOf).toList() : usual;
  }

  double number(String key, double usual, double least, double most) {
    Object value = value(key);
    if (value == null) {
      return usual;
    }
    double number;
    try {
      // 2e-5 without a point is a text to YAML.
      number = value instanceof Number n ? n.doubleValue() : Double.parseDouble(value.toString());
    } catch (NumberFormatException e) {
      throw wrong(key, "a number");
    }
    if (!(number >= least && number <= most)) {
      throw wrong(key, "a number from " + plain(least) + " to " + plain(most));
    }
    return number;
  }

  int whole(String key, int usual, int least, int most) {
    double number = number(key, usual, least, most);
    if (number != Math.rint(number)) {
      throw wrong(key, "a whole number");
    }
    return (int) number;
  }

  boolean flag(String key, boolean usual) {
    Object value = value(key);
    if (value == null) {
      return usual;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(key, "true or false");
  }

  <E extends Enum<E>> E one(String key, Class<E> of, E usual) {
    Object value = value(key);
    if (value == null) {
      return usual;
    }
    for (E candidate : of.getEnumConstants()) {
      if (candidate.name().replace('_', '-').equalsIgnoreCase(value.toString().replace('_', '-'))) {
        return candidate;
      }
    }
    List<String> names = new ArrayList<>();
    for (E candidate : of.getEnumConstants()) {
      names.add(candidate.name().toLowerCase(Locale.ROOT));
    }
    throw wrong(key, "one of " + names);
  }

  /** The values as they stand, for what is handed on as it is. */
  Map<String, Object> all() {
    Map<String, Object> all = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          asked.add(String.valueOf(key));
          all.put(String.valueOf(key), value);
        });
    return all;
  }

  /**
   * To be called when all is asked for.
   *
   * @throws UnusablePlan if the file has more
   */
  void requireNothingElse() {
    for (Object key : values.keySet()) {
      if (!asked.contains(String.valueOf(key))) {
        throw new UnusablePlan(
            place
                + key
                + " is unknown. "
                + (place.isEmpty() ? "At the top level" : "There")
                + " are "
                + asked
                + ".");
      }
    }
  }

  private List<?> list(String key) {
    Object value = value(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(key, "a list");
  }

  private @Nullable Object value(String key) {
    asked.add(key);
    return values.get(key);
  }

  private UnusablePlan wrong(String key, String wanted) {
    return new UnusablePlan(place + key + " must be " + wanted + ", not " + values.get(key) + ".");
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }
}
