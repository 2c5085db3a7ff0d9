package tickets.benchmarks.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What processes have used, as Linux counts it. */
public final class Usage {

  /** Of /proc/PID/stat; the same on every Linux that Java runs on. */
  private static final double TICKS_A_SECOND = 100;

  /** Of each generation of the serial collector; not of the metaspace. */
  private static final Pattern HEAP_USED =
      Pattern.compile("(?:generation|DefNew|Tenured) +total \\d+K, used (\\d+)K");

  /** As in "name" #12 daemon prio=5 os_prio=0 cpu=12.34ms elapsed=1.23s tid=… */
  private static final Pattern THREAD = Pattern.compile("(?m)^\"(.+)\" .*?\\bcpu=([0-9.]+)ms ");

  private Usage() {}

  /**
   * @param cpuSeconds since its start, without processes of it that have ended
   * @param pssMib proportional set size: memory that several share is counted once
   * @param rssMib resident set size
   */
  public record Of(double cpuSeconds, double pssMib, double rssMib) {
    Of plus(Of other) {
      return new Of(cpuSeconds + other.cpuSeconds, pssMib + other.pssMib, rssMib + other.rssMib);
    }
  }

  public static Map<Role, Of> of(Servers servers) {
    Map<Role, Of> all = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      all.put(role, of(servers.of(role).processes()));
    }
    return all;
  }

  /** What the services' heaps hold after a full collection, MiB. */
  public static Map<Role, Double> liveHeapMib(Servers servers)
      throws IOException, InterruptedException {
    Map<Role, Double> all = new EnumMap<>(Role.class);
    for (Role role : List.of(Role.INGEST, Role.SCORER, Role.SINK)) {
      double live = 0;
      for (ProcessHandle process : servers.of(role).processes()) {
        jcmd(process.pid(), "GC.run");
        Matcher used = HEAP_USED.matcher(jcmd(process.pid(), "GC.heap_info"));
        while (used.find()) {
          live += Double.parseDouble(used.group(1)) / 1024;
        }
      }
      all.put(role, live);
    }
    return all;
  }

  /** CPU seconds of a JVM's threads since their start, by name. */
  public static Map<String, Double> cpuSecondsByThread(ProcessHandle jvm)
      throws IOException, InterruptedException {
    return threads(jcmd(jvm.pid(), "Thread.print"));
  }

  /** Of a thread dump; threads of the JVM itself are among them. */
  static Map<String, Double> threads(String dump) {
    Map<String, Double> seconds = new LinkedHashMap<>();
    Matcher thread = THREAD.matcher(dump);
    while (thread.find()) {
      seconds.merge(thread.group(1), Double.parseDouble(thread.group(2)) / 1_000, Double::sum);
    }
    return seconds;
  }

  private static String jcmd(long pid, String what) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                what)
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (jcmd.waitFor() != 0) {
      throw new IOException("jcmd " + what + ": " + said);
    }
    return said;
  }

  public static double cpuSeconds(Map<Role, Of> usage) {
    return usage.values().stream().mapToDouble(Of::cpuSeconds).sum();
  }

  public static double pssMib(Map<Role, Of> usage) {
    return usage.values().stream().mapToDouble(Of::pssMib).sum();
  }

  public static Of of(List<ProcessHandle> processes) {
    Of sum = new Of(0, 0, 0);
    for (ProcessHandle process : processes) {
      try {
        sum = sum.plus(of(process.pid()));
      } catch (IOException e) {
        // It has just ended.
      }
    }
    return sum;
  }

  private static Of of(long pid) throws IOException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(proc.resolve("stat"), StandardCharsets.ISO_8859_1);
    // The second field, in parentheses, may hold anything.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double cpu = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
    double pss = 0;
    double rss = 0;
    for (String line : Files.readAllLines(proc.resolve("smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        pss = kib(line) / 1024;
      } else if (line.startsWith("Rss:")) {
        rss = kib(line) / 1024;
      }
    }
    return new Of(cpu, pss, rss);
  }

  private static double kib(String line) {
    return Double.parseDouble(line.replaceAll("[^0-9]", ""));
  }
}
