package tickets.scorer.model;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Linux' niceness of a thread: how little it gets of a core that others want as well, and all of
 * one that nobody else wants. Java's own thread priorities do nothing on Linux, unless the JVM is
 * told to heed them and runs as root.
 */
final class Niceness {
  private static final Logger log = LoggerFactory.getLogger(Niceness.class);

  /** {@code PRIO_PROCESS} of sys/resource.h: for Linux each thread is a process in this respect. */
  private static final int PRIO_PROCESS = 0;

  private static final int THIS_THREAD = 0;

  private static final @Nullable LibC LIB_C = load();

  /** The niceness that this process was given; a new thread has that of the thread that made it. */
  private static final int USUAL = ofThisThread();

  private Niceness() {}

  /** What is called of the C library. */
  interface LibC extends Library {
    int getpriority(int which, int who) throws LastErrorException;

    int setpriority(int which, int who, int nice) throws LastErrorException;
  }

  private static @Nullable LibC load() {
    if (!Platform.isLinux()) {
      return null;
    }
    try {
      return Native.load("c", LibC.class);
    } catch (LinkageError e) {
      // Say a directory for temporary files from which nothing may be loaded.
      log.info("Threads can't be made nice here: {}", e.getMessage());
      return null;
    }
  }

  /** Whether threads have a niceness here that this process can raise. */
  static boolean isSupported() {
    return LIB_C != null;
  }

  /** The calling thread's, from -20 to 19; 0 is usual. */
  static int ofThisThread() {
    return LIB_C == null ? 0 : LIB_C.getpriority(PRIO_PROCESS, THIS_THREAD);
  }

  /**
   * Makes the calling thread nicer than is usual, for good: only root can take it back. First used
   * by a thread that is as usual.
   *
   * @param by each step leaves it some four fifths of its share beside who stays as he is
   */
  static void raiseOfThisThread(int by) {
    if (LIB_C == null) {
      return;
    }
    try {
      LIB_C.setpriority(PRIO_PROCESS, THIS_THREAD, USUAL + by);
    } catch (LastErrorException e) {
      log.debug("This thread stays as it is", e);
    }
  }
}
