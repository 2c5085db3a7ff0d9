package tickets.benchmarks;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tickets.contract.EventJson;

/** A file of JSON lines, each on disk as soon as it is written; for any thread. */
public final class Journal implements AutoCloseable {
  private final BufferedWriter file;

  public Journal(Path path) {
    try {
      file = Files.newBufferedWriter(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + path, e);
    }
  }

  public synchronized void write(Object line) {
    try {
      file.write(EventJson.mapper().writeValueAsString(line));
      file.write('\n');
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("A journal can't be written", e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("A journal can't be closed", e);
    }
  }
}
