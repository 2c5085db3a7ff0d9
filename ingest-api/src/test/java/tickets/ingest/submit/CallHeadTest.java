package tickets.ingest.submit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a call ends must never be read in two ways: the next one would begin elsewhere. */
class CallHeadTest {

  private static final String LINE = "POST /v1/bert_prediction HTTP/1.1\r\n";

  private static @Nullable CallHead at(String text) {
    ByteBuf in = Unpooled.copiedBuffer(text, ISO_8859_1);
    CallHead head = CallHead.at(in);
    assertThat(in.readerIndex()).isZero();
    return head;
  }

  @Test
  void readsAPlainCall() {
    String head =
        "POST /v1/bert_prediction?explain=true HTTP/1.1\r\nHost: desk\r\ncontent-LENGTH:\t12 \r\n"
            + "X-Name: \u00e9 \t b\r\nConnection: Keep-Alive\r\n\r\n";

    assertThat(at(head + "{\"text\":\"a\"}"))
        .isEqualTo(
            new CallHead("POST", "/v1/bert_prediction", head.length(), 12, true, true, false));
    assertThat(at("GET / HTTP/1.1\r\nOrigin: http://a\r\nConnection: close\r\n\r\n"))
        .isEqualTo(new CallHead("GET", "/", 55, 0, false, false, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "POST",
        LINE,
        LINE + "Host: x\r\n",
        LINE + "Host: x\r\n\r",
        LINE + "Host: x\n\n",
        "POST /v1/bert_prediction HTTP/1.1\nHost: x\r\n\r\n",
        "POST /v1/bert_prediction HTTP/1.0\r\n\r\n",
        "POST  /v1/bert_prediction HTTP/1.1\r\n\r\n",
        "POST /v1/bert prediction HTTP/1.1\r\n\r\n",
        "POST http://x/v1/bert_prediction HTTP/1.1\r\n\r\n",
        "\r\nPOST /v1/bert_prediction HTTP/1.1\r\n\r\n",
        LINE + "Content-Length : 1\r\n\r\n",
        LINE + " Content-Length: 1\r\n\r\n",
        LINE + "A: b\r\n Content-Length: 1\r\n\r\n",
        LINE + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        LINE + "Content-Length: 1, 1\r\n\r\n",
        LINE + "Content-Length: +1\r\n\r\n",
        LINE + "Content-Length: -1\r\n\r\n",
        LINE + "Content-Length: 0x1\r\n\r\n",
        LINE + "Content-Length:\r\n\r\n",
        LINE + "Content-Length: 1000000000\r\n\r\n",
        LINE + "Transfer-Encoding: chunked\r\n\r\n",
        LINE + "transfer-encoding: identity\r\nContent-Length: 1\r\n\r\n",
        LINE + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n",
        LINE + "Upgrade: h2c\r\n\r\n",
        LINE + "Connection: Upgrade\r\n\r\n",
        LINE + "Connection: close, te\r\n\r\n",
        LINE + "Connection: close\r\nConnection: keep-alive\r\n\r\n",
        LINE + "A: b\rContent-Length: 1\r\n\r\n",
        LINE + "A: \u0000\r\n\r\n",
        LINE + "A\r\n\r\n",
        LINE + ": b\r\n\r\n",
      })
  void leavesToTheServerWhatIsNotPlain(String head) {
    assertThat(at(head)).isNull();
  }

  @Test
  void leavesToTheServerALongHead() {
    assertThat(at(LINE + "A: " + "b".repeat(4_000) + "\r\n\r\n")).isNotNull();
    assertThat(at(LINE + "A: " + "b".repeat(4_096) + "\r\n\r\n")).isNull();
  }

  @Provide
  Arbitrary<String> heads() {
    Arbitrary<String> lines =
        Arbitraries.frequencyOf(
            Tuple.of(
                6,
                Arbitraries.of(
                    LINE,
                    "POST /v1/bert_prediction_async?a=b HTTP/1.1\r\n",
                    "GET /result/T-1 HTTP/1.1\r\n",
                    "HEAD / HTTP/1.1\r\n",
                    "DELETE /v1/tickets/%41 HTTP/1.1\r\n")),
            Tuple.of(1, Arbitraries.strings().ascii().ofMaxLength(40).map(line -> line + "\r\n")));
    Arbitrary<String> names =
        Arbitraries.oneOf(
            Arbitraries.of(
                "Host",
                "Content-Length",
                "content-length",
                "Content-Length ",
                "Transfer-Encoding",
                "Connection",
                "Expect",
                "Upgrade",
                "Origin",
                "X-API-Key"),
            Arbitraries.strings().ascii().ofMaxLength(12));
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.of(
                "0", "1", "17", " 5 ", "+3", "1,1", "", "close", "keep-alive", "chunked", "x\ty"),
            Arbitraries.strings().withCharRange('\u0000', '\u00ff').ofMaxLength(8));
    Arbitrary<String> headers =
        Combinators.combine(
                names,
                Arbitraries.of(":", ": ", " : ", ":\t", ""),
                values,
                Arbitraries.frequency(
                    Tuple.of(12, "\r\n"), Tuple.of(1, "\n"), Tuple.of(1, "\r\n ")))
            .as((name, colon, value, end) -> name + colon + value + end);
    return Combinators.combine(lines, headers.list().ofMaxSize(5), Arbitraries.of("\r\n", "\n"))
        .as((line, all, end) -> line + String.join("", all) + end);
  }

  /** Followed by its body and by another call, which the server then must find. */
  @Property(tries = 5_000)
  void endsWhereTheServerSaysThatItEnds(@ForAll("heads") String text) {
    CallHead head = at(text);
    if (head == null) {
      return;
    }
    assertThat(head.bytes()).isLessThanOrEqualTo(text.length());
    String call = text.substring(0, head.bytes()) + "b".repeat(head.bodyBytes());
    EmbeddedChannel server = new EmbeddedChannel(new HttpServerCodec());
    server.writeInbound(Unpooled.copiedBuffer(call + "GET /next HTTP/1.1\r\n\r\n", ISO_8859_1));
    List<HttpRequest> requests = new ArrayList<>();
    int body = 0;
    for (Object part = server.readInbound(); part != null; part = server.readInbound()) {
      if (part instanceof HttpRequest request) {
        requests.add(request);
      }
      if (part instanceof HttpContent content && requests.size() == 1) {
        body += content.content().readableBytes();
        assertThat(content.decoderResult().isSuccess()).isTrue();
        if (part instanceof LastHttpContent last) {
          assertThat(last.trailingHeaders()).isEmpty();
        }
      }
      ReferenceCountUtil.release(part);
    }
    assertThat(requests).hasSize(2);
    HttpRequest request = requests.get(0);
    assertThat(request.decoderResult().isSuccess()).isTrue();
    assertThat(request.method().name()).isEqualTo(head.method());
    assertThat(request.uri().split("\\?", 2)[0]).isEqualTo(head.path());
    assertThat(HttpUtil.isKeepAlive(request)).isEqualTo(head.keepAlive());
    assertThat(request.headers().contains(HttpHeaderNames.ORIGIN)).isEqualTo(head.isCrossOrigin());
    assertThat(request.headers().contains(HttpHeaderNames.CONTENT_LENGTH))
        .isEqualTo(head.hasLength());
    assertThat(body).isEqualTo(head.bodyBytes());
    assertThat(requests.get(1).uri()).isEqualTo("/next");
    server.finishAndReleaseAll();
  }
}
