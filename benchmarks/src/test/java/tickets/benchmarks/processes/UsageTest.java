package tickets.benchmarks.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class UsageTest {

  @Test
  void aThreadDumpTellsEachThreadsCpuTime() {
    String dump =
        """
        4242:
        2026-11-26 08:00:00
        Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode, sharing):

        "scorer-stream-4a0c-StreamThread-1" #41 prio=5 os_prio=0 cpu=61234.50ms elapsed=80.10s \
        tid=0x00007f nid=0x10f7 runnable  [0x00007f]
           java.lang.Thread.State: RUNNABLE
        \tat ai.djl.pytorch.jni.PyTorchLibrary.moduleRunMethod(Native Method)

        "C1 CompilerThread0" #9 daemon prio=9 os_prio=0 cpu=2500.00ms elapsed=81.02s \
        tid=0x00007f nid=0x10e2 waiting on condition  [0x0000000000000000]

        "VM Thread" os_prio=0 cpu=12.30ms elapsed=81.05s tid=0x00007f nid=0x10db runnable

        JNI global refs: 60, weak refs: 0
        """;

    assertThat(Usage.threads(dump))
        .containsOnly(
            entry("scorer-stream-4a0c-StreamThread-1", 61.2345),
            entry("C1 CompilerThread0", 2.5),
            entry("VM Thread", 0.0123));
  }

  @Test
  void thisJvmsOwnThreadsAreTold() throws Exception {
    assertThat(Usage.cpuSecondsByThread(ProcessHandle.current()))
        .containsKey(Thread.currentThread().getName());
  }
}
