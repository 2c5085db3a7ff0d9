package tickets.benchmarks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lines for whoever watches a run. */
public final class Progress {
  private static final long BEGAN = System.nanoTime();

  private Progress() {}

  public static void line(String format, @Nullable Object... values) {
    long seconds = (System.nanoTime() - BEGAN) / 1_000_000_000;
    System.out.println(
        String.format(Locale.ROOT, "%3d:%02d  ", seconds / 60, seconds % 60)
            + String.format(Locale.ROOT, format, values));
  }
}
