package tickets.scorer.labelled;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.mozilla.universalchardet.UniversalDetector;

/**
 * A file's text.
 *
 * @param text without a byte order mark
 * @param encoding it was read in
 */
record TextFile(String text, String encoding) {

  /** What Russian exports that are not UTF-8 are written in. */
  private static final Charset RUSSIAN = Charset.forName("windows-1251");

  /**
   * @param wanted encoding; empty to find out
   */
  static TextFile read(Path file, String wanted) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnusableData(file + " cannot be read: " + e.getMessage(), e);
    }
    Charset charset = wanted.isBlank() ? detect(bytes) : named(wanted);
    String text = decode(bytes, charset);
    if (text == null) {
      throw new UnusableData(
          file + " is not " + charset + " throughout. Name its true encoding, or convert it.");
    }
    return new TextFile(text.startsWith("\uFEFF") ? text.substring(1) : text, charset.name());
  }

  private static Charset named(String name) {
    try {
      return Charset.forName(name);
    } catch (IllegalArgumentException e) {
      throw new UnusableData("The encoding \"" + name + "\" is unknown.", e);
    }
  }

  /** UTF-8 is no accident: what can be read as it is it. The rest is a guess by letters' counts. */
  private static Charset detect(byte[] bytes) {
    if (bytes.length >= 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xfe) {
      return StandardCharsets.UTF_16LE;
    }
    if (bytes.length >= 2 && (bytes[0] & 0xff) == 0xfe && (bytes[1] & 0xff) == 0xff) {
      return StandardCharsets.UTF_16BE;
    }
    if (decode(bytes, StandardCharsets.UTF_8) != null) {
      return StandardCharsets.UTF_8;
    }
    UniversalDetector detector = new UniversalDetector();
    detector.handleData(bytes, 0, bytes.length);
    detector.dataEnd();
    String found = detector.getDetectedCharset();
    return found != null && Charset.isSupported(found) ? Charset.forName(found) : RUSSIAN;
  }

  private static @Nullable String decode(byte[] bytes, Charset charset) {
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
