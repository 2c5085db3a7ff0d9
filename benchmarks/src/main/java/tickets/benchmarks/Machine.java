package tickets.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a figure was measured on. Without it a figure means nothing.
 *
 * @param flags of the processor that matter to matrix products
 * @param loadAverage of the last minute before the run: what else was going on
 */
public record Machine(
    String cpu, Set<String> flags, int cores, long memoryMib, double loadAverage, String java) {

  private static final List<String> MATTER = List.of("avx2", "avx512", "avx_vnni", "amx");

  /** As far as Linux tells. */
  public static Machine now() {
    String model = "unknown";
    Set<String> flags = new TreeSet<>();
    for (String line : lines("/proc/cpuinfo")) {
      if (line.startsWith("model name")) {
        model = line.substring(line.indexOf(':') + 1).strip();
      } else if (line.startsWith("flags") && flags.isEmpty()) {
        for (String flag : line.split("\\s+")) {
          if (MATTER.stream().anyMatch(flag::startsWith)) {
            flags.add(flag);
          }
        }
      }
    }
    long memory =
        lines("/proc/meminfo").stream()
            .filter(line -> line.startsWith("MemTotal:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1_024)
            .findFirst()
            .orElse(0);
    return new Machine(
        model,
        flags,
        Runtime.getRuntime().availableProcessors(),
        memory,
        currentLoad(),
        System.getProperty("java.vm.name") + " " + Runtime.version());
  }

  /** Of the last minute; negative where the system does not tell. */
  public static double currentLoad() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return Double.parseDouble(String.format(Locale.ROOT, "%.2f", load));
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** What is built here; ends in "+" where files differ from it, empty outside of a repository. */
  public static String commit(Path home) {
    String head = git(home, "rev-parse", "HEAD");
    return head.isEmpty() || git(home, "status", "--porcelain").isEmpty() ? head : head + "+";
  }

  /** What git says; empty where there is none. */
  private static String git(Path home, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(home.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
