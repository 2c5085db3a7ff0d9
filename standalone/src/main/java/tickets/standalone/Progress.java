package tickets.standalone;

import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a person at the console which step a start is at, and how long each took. */
final class Progress {

  private final PrintStream out;
  private final long begun = System.nanoTime();
  private @Nullable String step;
  private long stepBegun;
  private boolean failed;

  Progress(PrintStream out) {
    this.out = out;
  }

  /** Ends the step before and begins the next. */
  synchronized void begin(String next) {
    endStep();
    step = next;
    stepBegun = System.nanoTime();
    out.println("  … " + next);
    out.flush();
  }

  synchronized void end() {
    endStep();
    out.printf(Locale.ROOT, "  Ready after %.1f s.%n", secondsSince(begun));
    out.flush();
  }

  synchronized void say(String line) {
    out.println(line);
    out.flush();
  }

  synchronized boolean hasFailed() {
    return failed;
  }

  synchronized void fail(String reason) {
    failed = true;
    step = null;
    out.flush();
    System.err.println("Cannot start: " + reason);
  }

  private void endStep() {
    if (step != null) {
      out.printf(Locale.ROOT, "  ✓ %s (%.1f s)%n", step, secondsSince(stepBegun));
      step = null;
    }
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1e9;
  }
}
