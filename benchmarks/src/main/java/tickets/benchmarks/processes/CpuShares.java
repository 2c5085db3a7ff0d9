package tickets.benchmarks.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tickets.benchmarks.Progress;

/**
 * Gives processes a fixed share of CPU time, as an orchestrator limits containers: a control group
 * of Linux for each, in which all its threads together may run for so long in every 100 ms.
 */
public final class CpuShares implements AutoCloseable {

  private static final int PERIOD_MICROS = 100_000;

  /** A control group can't be removed before the kernel is done with its last process. */
  private static final int REMOVAL_TRIES = 100;

  private final Kind kind;
  private final Path parent;
  private final Map<ProcessHandle, Path> groups = new LinkedHashMap<>();

  /** Of control groups. */
  enum Kind {
    V2("control groups v2, cpu.max"),
    V1("control groups v1, cpu.cfs_quota_us");

    final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  private CpuShares(Kind kind, Path parent) {
    this.kind = kind;
    this.parent = parent;
  }

  /**
   * With what this machine has.
   *
   * @throws IOException if it has nothing that this user may use; the message says what to do
   */
  public static CpuShares open() throws IOException {
    return open(Files.readAllLines(Path.of("/proc/self/mounts")));
  }

  /**
   * @param mounts lines of /proc/self/mounts
   */
  static CpuShares open(List<String> mounts) throws IOException {
    for (String mount : mounts) {
      String[] fields = mount.split(" ");
      Kind kind = fields.length < 4 ? null : kind(fields[2], List.of(fields[3].split(",")));
      if (kind != null) {
        CpuShares shares = new CpuShares(kind, Path.of(fields[1]));
        if (shares.work()) {
          return shares;
        }
      }
    }
    throw new IOException(
        "Scorers can't be given a fixed share of CPU time: no control group with a limit of it can be"
            + " made here. Run this as root, outside of a container or in a privileged one");
  }

  private static @Nullable Kind kind(String type, List<String> options) {
    if (type.equals("cgroup2")) {
      return Kind.V2;
    }
    return type.equals("cgroup") && options.contains("cpu") ? Kind.V1 : null;
  }

  /** Whether a group can be made, and has a limit: a hierarchy may be without that controller. */
  private boolean work() {
    Path probe = parent.resolve(name("probe"));
    try {
      Files.createDirectory(probe);
      boolean limits =
          Files.isWritable(probe.resolve(kind == Kind.V2 ? "cpu.max" : "cpu.cfs_quota_us"));
      Files.delete(probe);
      return limits;
    } catch (IOException e) {
      return false;
    }
  }

  private static String name(String of) {
    return "ticket-scale-" + ProcessHandle.current().pid() + "-" + of;
  }

  /** How it is done, in words. */
  public String how() {
    return kind.words;
  }

  /**
   * From now on.
   *
   * @param percent of one core
   */
  public synchronized void limit(ProcessHandle process, int percent) throws IOException {
    Path group = parent.resolve(name(Long.toString(process.pid())));
    Files.createDirectory(group);
    groups.put(process, group);
    for (Map.Entry<String, String> setting : settings(kind, percent).entrySet()) {
      Files.writeString(group.resolve(setting.getKey()), setting.getValue());
    }
    Files.writeString(group.resolve("cgroup.procs"), Long.toString(process.pid()));
  }

  /** What is written into a group's files. */
  static Map<String, String> settings(Kind kind, int percent) {
    int quota = PERIOD_MICROS / 100 * percent;
    Map<String, String> settings = new LinkedHashMap<>();
    if (kind == Kind.V2) {
      settings.put("cpu.max", quota + " " + PERIOD_MICROS);
    } else {
      settings.put("cpu.cfs_period_us", Integer.toString(PERIOD_MICROS));
      settings.put("cpu.cfs_quota_us", Integer.toString(quota));
    }
    return settings;
  }

  /** Lets a process run as before; nothing happens if it is gone or was never limited. */
  public synchronized void free(ProcessHandle process) throws IOException {
    Path group = groups.remove(process);
    if (group == null) {
      return;
    }
    if (Server.runs(process)) {
      Files.writeString(parent.resolve("cgroup.procs"), Long.toString(process.pid()));
    }
    remove(group);
  }

  private static void remove(Path group) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Files.delete(group);
        return;
      } catch (IOException e) {
        if (attempt == REMOVAL_TRIES) {
          throw e;
        }
      }
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while " + group + " was being removed", e);
      }
    }
  }

  /** Frees all of them. */
  @Override
  public synchronized void close() {
    for (ProcessHandle process : new ArrayList<>(groups.keySet())) {
      try {
        free(process);
      } catch (IOException e) {
        Progress.line("A control group is left: %s", e);
      }
    }
  }
}
