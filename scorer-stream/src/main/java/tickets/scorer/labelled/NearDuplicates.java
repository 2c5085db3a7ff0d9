package tickets.scorer.labelled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds texts that are nearly the same: a form filled in again, a message sent twice, an alarm with
 * another number. Texts are compared by their runs of three words, numbers being all alike; MinHash
 * signatures cut into bands pick the pairs that are worth comparing, so that the work grows with
 * the number of texts and not with its square.
 */
final class NearDuplicates {
  private static final int RUN = 3;
  private static final int BANDS = 16;
  private static final int ROWS = 4;

  /** A band that so many texts share says nothing: the first ones stand for it. */
  private static final int MOST_OF_A_BAND = 50;

  private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
  private static final Pattern NUMBER = Pattern.compile("\\p{N}+");

  private final int[] parent;

  private NearDuplicates(int size) {
    parent = new int[size];
    Arrays.setAll(parent, i -> i);
  }

  /**
   * @param similarity from which on two texts are nearly the same: runs in both to runs in either,
   *     above 0 to 1
   * @return for each text the number of its group: the least index in it
   */
  static int[] groups(List<String> texts, double similarity) {
    NearDuplicates found = new NearDuplicates(texts.size());
    List<Set<Integer>> runs = texts.stream().map(NearDuplicates::runs).toList();
    Map<Long, List<Integer>> bands = new HashMap<>();
    for (int i = 0; i < runs.size(); i++) {
      int[] signature = signature(runs.get(i));
      for (int band = 0; band < BANDS; band++) {
        long key = band;
        for (int row = 0; row < ROWS; row++) {
          key = key * 1_000_003 + signature[band * ROWS + row];
        }
        List<Integer> others = bands.computeIfAbsent(key, k -> new ArrayList<>());
        for (int other : others) {
          if (found.root(other) != found.root(i)
              && jaccard(runs.get(other), runs.get(i)) >= similarity) {
            found.join(other, i);
          }
        }
        if (others.size() < MOST_OF_A_BAND) {
          others.add(i);
        }
      }
    }
    int[] groups = new int[texts.size()];
    Arrays.setAll(groups, found::root);
    return groups;
  }

  private int root(int i) {
    int at = i;
    while (parent[at] != at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  }

  private void join(int a, int b) {
    int first = root(a);
    int second = root(b);
    parent[Math.max(first, second)] = Math.min(first, second);
  }

  private static Set<Integer> runs(String text) {
    String plain = NUMBER.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("0");
    String[] words = NOT_A_WORD.split(plain.strip());
    Set<Integer> runs = new HashSet<>();
    // A text of fewer words than a run is one run.
    for (int i = 0; i <= Math.max(0, words.length - RUN); i++) {
      runs.add(Arrays.asList(words).subList(i, Math.min(words.length, i + RUN)).hashCode());
    }
    return runs;
  }

  private static int[] signature(Set<Integer> runs) {
    int[] least = new int[BANDS * ROWS];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (int run : runs) {
      for (int i = 0; i < least.length; i++) {
        least[i] = Math.min(least[i], mixed(run, i));
      }
    }
    return least;
  }

  /** One of many hash functions of a number (the finalizer of SplitMix64). */
  private static int mixed(int value, int function) {
    long z = value * 0x9E3779B97F4A7C15L + (function + 1) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return (int) (z >>> 33);
  }

  private static double jaccard(Set<Integer> a, Set<Integer> b) {
    int both = 0;
    Set<Integer> smaller = a.size() < b.size() ? a : b;
    Set<Integer> larger = a.size() < b.size() ? b : a;
    for (int run : smaller) {
      if (larger.contains(run)) {
        both++;
      }
    }
    return (double) both / (a.size() + b.size() - both);
  }
}
