package tickets.ingest.submit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * The request line and headers of one call, as far as it takes to know where the call ends and
 * whether it can be refused without being read any further.
 *
 * <p>Stricter than HTTP on purpose: of bytes that servers have been known to read in two ways, or
 * that ask for more than an answer, it says nothing, and the server reads them alone.
 *
 * @param bytes of the head, up to and with its empty line
 * @param bodyBytes that follow it; 0 if it does not say
 * @param hasLength whether it says
 * @param keepAlive whether the connection stays open after the answer
 * @param isCrossOrigin whether a browser says from whose page the call comes
 */
record CallHead(
    String method,
    String path,
    int bytes,
    int bodyBytes,
    boolean hasLength,
    boolean keepAlive,
    boolean isCrossOrigin) {

  /** As long as the server takes a request line to be. */
  private static final int MOST_BYTES = 4 * 1024;

  private static final int MOST_LENGTH_DIGITS = 9;
  private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(US_ASCII);

  private static final FastThreadLocal<byte[]> SCRATCH =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[MOST_BYTES];
        }
      };

  /**
   * Reads what is at the buffer's beginning, and leaves it there.
   *
   * @return null if that is no whole head, or one to be read by the server alone
   */
  static @Nullable CallHead at(ByteBuf in) {
    byte[] bytes = SCRATCH.get();
    int length = Math.min(in.readableBytes(), MOST_BYTES);
    in.getBytes(in.readerIndex(), bytes, 0, length);
    return new Reader(bytes, length).read();
  }

  private static final class Reader {
    private final byte[] bytes;
    private final int length;
    private int at;

    private boolean hasLength;
    private int bodyBytes;
    private boolean hasConnection;
    private boolean keepAlive = true;
    private boolean isCrossOrigin;

    Reader(byte[] bytes, int length) {
      this.bytes = bytes;
      this.length = length;
    }

    @Nullable CallHead read() {
      int methodEnd = wordEnd();
      if (methodEnd == 0 || methodEnd == length || bytes[methodEnd] != ' ') {
        return null;
      }
      at = methodEnd + 1;
      int target = at;
      while (at < length && bytes[at] > ' ' && bytes[at] < 0x7f) {
        at++;
      }
      if (at == target || bytes[target] != '/' || !skip(VERSION)) {
        return null;
      }
      int targetEnd = at - VERSION.length;
      while (at < length && bytes[at] != '\r') {
        if (!header()) {
          return null;
        }
      }
      if (!lineEnd()) {
        return null;
      }
      return new CallHead(
          text(0, methodEnd),
          text(target, pathEnd(target, targetEnd)),
          at,
          bodyBytes,
          hasLength,
          keepAlive,
          isCrossOrigin);
    }

    private boolean header() {
      int name = at;
      int nameEnd = wordEnd();
      if (nameEnd == name || nameEnd == length || bytes[nameEnd] != ':') {
        return false;
      }
      at = nameEnd + 1;
      skipBlanks();
      int value = at;
      while (at < length && isOfValue(bytes[at])) {
        at++;
      }
      int valueEnd = at;
      while (valueEnd > value && isBlank(bytes[valueEnd - 1])) {
        valueEnd--;
      }
      return lineEnd() && take(name, nameEnd, value, valueEnd);
    }

    /** False for a header after which the server alone knows how the call goes on. */
    private boolean take(int name, int nameEnd, int value, int valueEnd) {
      // By length first: of most headers no text is made.
      return switch (nameEnd - name) {
        case 6 -> {
          isCrossOrigin |= is("Origin", name, nameEnd);
          yield !is("Expect", name, nameEnd);
        }
        case 7 -> !is("Upgrade", name, nameEnd);
        case 10 -> !is("Connection", name, nameEnd) || connection(text(value, valueEnd));
        case 14 -> !is("Content-Length", name, nameEnd) || length(value, valueEnd);
        case 17 -> !is("Transfer-Encoding", name, nameEnd);
        default -> true;
      };
    }

    private boolean is(String expected, int from, int to) {
      return text(from, to).equalsIgnoreCase(expected);
    }

    private boolean connection(String value) {
      boolean known = !hasConnection;
      hasConnection = true;
      keepAlive = value.equalsIgnoreCase("keep-alive");
      return known && (keepAlive || value.equalsIgnoreCase("close"));
    }

    private boolean length(int value, int valueEnd) {
      int digits = valueEnd - value;
      if (hasLength || digits == 0 || digits > MOST_LENGTH_DIGITS) {
        return false;
      }
      hasLength = true;
      for (int i = value; i < valueEnd; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
          return false;
        }
        bodyBytes = 10 * bodyBytes + bytes[i] - '0';
      }
      return true;
    }

    private int wordEnd() {
      int end = at;
      while (end < length && isOfWord(bytes[end])) {
        end++;
      }
      return end;
    }

    private int pathEnd(int from, int to) {
      int end = from;
      while (end < to && bytes[end] != '?') {
        end++;
      }
      return end;
    }

    private void skipBlanks() {
      while (at < length && isBlank(bytes[at])) {
        at++;
      }
    }

    private boolean lineEnd() {
      boolean ends = at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n';
      at += 2;
      return ends;
    }

    private boolean skip(byte[] expected) {
      for (byte one : expected) {
        if (at >= length || bytes[at] != one) {
          return false;
        }
        at++;
      }
      return true;
    }

    private String text(int from, int to) {
      return new String(bytes, from, to - from, US_ASCII);
    }

    private static boolean isBlank(byte one) {
      return one == ' ' || one == '\t';
    }

    /** Visible, a blank, or beyond ASCII: no control character. */
    private static boolean isOfValue(byte one) {
      return one < 0 || one >= ' ' && one != 0x7f || one == '\t';
    }

    /** A letter, digit or mark of RFC 9110's tokens. */
    private static boolean isOfWord(byte one) {
      return one >= 'a' && one <= 'z'
          || one >= 'A' && one <= 'Z'
          || one >= '0' && one <= '9'
          || one > ' ' && one < 0x7f && "!#$%&'*+-.^_`|~".indexOf(one) >= 0;
    }
  }
}
