package tickets.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** How the commands of this module begin and end. */
public final class Harness {

  /** What was asked for can't be run; the message says why. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    public Unusable(String message) {
      super(message);
    }
  }

  /** What a command does. */
  public interface Run {
    /**
     * @param home the repository
     * @return the exit code, 0 if all is well
     */
    int run(Path home, String... arguments) throws Exception;
  }

  private Harness() {}

  /** Runs it, or tells why that can't be done, and ends the JVM: with 2 if it was not run. */
  public static void main(String usage, Run run, String... arguments) {
    Path home = Path.of(System.getProperty("benchmarks.home", "")).toAbsolutePath();
    int exit = 2;
    try {
      List<String> given = List.of(arguments);
      if (given.contains("--help") || given.contains("-h")) {
        System.out.print(usage);
        exit = 0;
      } else {
        exit = run.run(home, arguments);
      }
    } catch (Unusable e) {
      System.err.println(e.getMessage() + "\n\n" + usage);
    } catch (InterruptedException e) {
      System.err.println("Interrupted");
    } catch (Exception e) {
      System.err.println("The run could not be made: " + e.getMessage());
      e.printStackTrace();
    }
    System.exit(exit);
  }
}
