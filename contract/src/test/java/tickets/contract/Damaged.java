package tickets.contract;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Good JSON after a few strokes of bad luck or malice: cuts, and insertions of what hurts. */
final class Damaged {

  private static final List<byte[]> HURTS =
      List.of(
          utf8("{"),
          utf8("}"),
          utf8("["),
          utf8("[".repeat(600)),
          utf8("{\"a\":".repeat(600)),
          utf8("\""),
          utf8("\\"),
          utf8(","),
          utf8(":"),
          utf8("null"),
          utf8("true"),
          utf8("{}"),
          utf8("-1"),
          utf8("1e999999999"),
          utf8("9".repeat(2_000)),
          utf8("9223372036854775808"),
          utf8("\"task_id\":\"x\","),
          utf8("\"text\":\"x\","),
          utf8("\"code\":\"INVALID\","),
          utf8("\"+1000000000-12-31T23:59:59Z\""),
          utf8("\\u0000"),
          utf8("\\ud800"),
          utf8("\\udfff"),
          utf8("\0"),
          utf8("\n"),
          utf8("\u202E\u200B\u2066"),
          utf8("\uFEFF"),
          utf8("🙈".repeat(30)),
          utf8("e\u0301".repeat(30)),
          utf8("x".repeat(70_000)),
          // Not UTF-8: a stray byte, an overlong zero, a surrogate, beyond U+10FFFF, a cut one.
          new byte[] {(byte) 0xFF},
          new byte[] {(byte) 0xC0, (byte) 0x80},
          new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
          new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
          new byte[] {(byte) 0xF7, (byte) 0xBF, (byte) 0xBF, (byte) 0xBF},
          new byte[] {(byte) 0xE2, (byte) 0x82});

  private Damaged() {}

  /** One of these, with up to six strokes. */
  static Arbitrary<byte[]> anyOf(byte[]... whole) {
    Arbitrary<byte[]> inserted =
        Arbitraries.oneOf(
            Arbitraries.of(HURTS), Arbitraries.bytes().array(byte[].class).ofMaxSize(6));
    Arbitrary<Stroke> strokes =
        Combinators.combine(
                Arbitraries.integers().between(0, 9_999),
                Arbitraries.frequencyOf(
                    Tuple.of(3, Arbitraries.just(0)),
                    Tuple.of(1, Arbitraries.integers().between(1, 40)),
                    Tuple.of(1, Arbitraries.just(Integer.MAX_VALUE))),
                inserted)
            .as(Stroke::new);
    return Combinators.combine(Arbitraries.of(whole), strokes.list().ofMaxSize(6))
        .as(Damaged::apply);
  }

  /**
   * @param where in ten-thousandths of the length
   * @param cut bytes that go, as far as there are so many
   */
  private record Stroke(int where, int cut, byte[] insert) {}

  private static byte[] apply(byte[] whole, List<Stroke> strokes) {
    byte[] bytes = whole;
    for (Stroke stroke : strokes) {
      int at = (int) ((long) bytes.length * stroke.where() / 9_999);
      int rest = at + Math.min(stroke.cut(), bytes.length - at);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(bytes, 0, at);
      out.writeBytes(stroke.insert());
      out.write(bytes, rest, bytes.length - rest);
      bytes = out.toByteArray();
    }
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
