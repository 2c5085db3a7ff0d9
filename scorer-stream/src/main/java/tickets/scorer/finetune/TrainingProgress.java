package tickets.scorer.finetune;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Tells people how far it is: a line that is redrawn on a terminal, one every ten seconds
 * elsewhere.
 */
final class TrainingProgress {
  private static final int WIDTH = 24;

  private final PrintStream out;
  private final boolean terminal;
  private final long total;
  private final long began = System.nanoTime();
  private long alreadyDone;
  private long done;
  private double loss = Double.NaN;
  private long lastShown;

  /**
   * @param total tickets that will be learnt from, all epochs together
   * @param alreadyDone of them by an earlier run
   */
  TrainingProgress(PrintStream out, boolean terminal, long total, long alreadyDone) {
    this.out = out;
    this.terminal = terminal;
    this.total = total;
    this.alreadyDone = alreadyDone;
    this.done = alreadyDone;
  }

  /** So many tickets more. */
  void learnt(int tickets, double stepLoss, int epoch, int epochs) {
    done += tickets;
    loss = Double.isNaN(loss) ? stepLoss : 0.95 * loss + 0.05 * stepLoss;
    long now = System.nanoTime();
    if (now - lastShown < (terminal ? 200_000_000L : 10_000_000_000L)) {
      return;
    }
    lastShown = now;
    double seconds = (now - began) / 1e9;
    double rate = (done - alreadyDone) / seconds;
    int full = (int) (WIDTH * done / Math.max(1, total));
    String line =
        String.format(
            Locale.ROOT,
            "epoch %d/%d [%s%s] %3d %%  loss %.3f  %.1f tickets/s  %s left",
            epoch,
            epochs,
            "#".repeat(full),
            ".".repeat(WIDTH - full),
            100 * done / Math.max(1, total),
            loss,
            rate,
            inWords(Duration.ofSeconds((long) ((total - done) / rate))));
    if (terminal) {
      out.print("\r\u001b[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** A line that stays. */
  void say(String line) {
    out.println((terminal ? "\r\u001b[K" : "") + line);
  }

  static String inWords(Duration time) {
    long seconds = time.toSeconds();
    if (seconds < 100) {
      return seconds + " s";
    }
    return seconds < 6_000 ? (seconds + 30) / 60 + " min" : (seconds + 1_800) / 3_600 + " h";
  }
}
