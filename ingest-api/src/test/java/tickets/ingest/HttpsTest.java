package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS with certificates made here, and changed while it runs. */
class HttpsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path work;

  /**
   * A certificate for localhost that vouches for itself, and its key, as the JDK's own tool makes
   * them.
   */
  private record Pair(X509Certificate certificate, String certificatePem, String keyPem) {

    static Pair make(Path directory, String name) throws Exception {
      Path store = directory.resolve(name + ".p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "tls",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=" + name,
                  "-ext",
                  "SAN=DNS:localhost,IP:127.0.0.1",
                  "-validity",
                  "2",
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  new String(PASSWORD),
                  "-keystore",
                  store.toString())
              .inheritIO()
              .start();
      assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD);
      }
      return new Pair(
          (X509Certificate) keys.getCertificate("tls"),
          pem("CERTIFICATE", keys.getCertificate("tls").getEncoded()),
          pem("PRIVATE KEY", keys.getKey("tls", PASSWORD).getEncoded()));
    }

    private static String pem(String what, byte[] der) {
      String base64 =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
      return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, base64, what);
    }

    /** Trust in this certificate only. */
    SSLContext trust() throws Exception {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("tls", certificate);
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    }
  }

  private static void replace(Path file, String content) throws IOException {
    Path fresh = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), content);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String get(Service service, Pair trusted, String... protocols) throws Exception {
    try (SSLSocket socket =
        (SSLSocket)
            trusted
                .trust()
                .getSocketFactory()
                .createSocket("localhost", service.uri("/").getPort())) {
      socket.setSoTimeout((int) LIMIT.toMillis());
      if (protocols.length > 0) {
        socket.setEnabledProtocols(protocols);
      }
      socket
          .getOutputStream()
          .write(
              "GET /v3/api-docs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void httpsIsSpokenAndACertificateIsChangedWithoutARestart() throws Exception {
    Pair first = Pair.make(work, "first");
    Pair second = Pair.make(work, "second");
    Path certificate = Files.writeString(work.resolve("tls.crt"), first.certificatePem());
    Path key = Files.writeString(work.resolve("tls.key"), first.keyPem());
    try (Service service =
        Service.start(
            Servers.none(),
            "TLS_CERTIFICATE=" + certificate,
            "TLS_PRIVATE_KEY=" + key,
            "spring.ssl.bundle.watch.file.quiet-period=200ms")) {
      assertThat(get(service, first))
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("strict-transport-security: max-age=31536000");
      assertThat(get(service, first, "TLSv1.2")).startsWith("HTTP/1.1 200");
      assertThatThrownBy(() -> get(service, second)).isInstanceOf(SSLException.class);
      try (Socket plain = new Socket("localhost", service.uri("/").getPort())) {
        plain.setSoTimeout((int) LIMIT.toMillis());
        plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes());
        assertThat(new String(plain.getInputStream().readAllBytes())).doesNotContain("HTTP/1.1");
      }
      assertThat(
              Service.send(
                      java.net.http.HttpRequest.newBuilder(
                              service.management("/actuator/health/liveness"))
                          .build())
                  .status())
          .as("the management port has none of it")
          .isEqualTo(200);

      replace(key, second.keyPem());
      replace(certificate, second.certificatePem());

      await()
          .atMost(LIMIT)
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(get(service, second)).startsWith("HTTP/1.1 200"));
      assertThatThrownBy(() -> get(service, first)).isInstanceOf(SSLException.class);

      replace(certificate, "no certificate");
      await()
          .during(Duration.ofSeconds(2))
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(get(service, second)).startsWith("HTTP/1.1 200"));
      replace(certificate, second.certificatePem());
      assertThat(List.of(certificate, key)).allSatisfy(file -> assertThat(file).exists());
    }
  }
}
