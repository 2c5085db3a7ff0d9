package tickets.contract.access;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/**
 * Certificates and keys in PEM files, read when a service starts, so that what is wrong with a file
 * is said then, in one line that names the setting, and not by a failed handshake later.
 */
final class PemFile {

  private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
  private static final String PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----";

  private PemFile() {}

  /**
   * The file's content, one certificate or more.
   *
   * @throws IllegalArgumentException if it is not that; the message is for people
   */
  static String certificates(String setting, String path) {
    String pem = read(setting, path);
    // Comments before the first one are usual, and Java's parser does not know them.
    int begin = pem.indexOf(CERTIFICATE);
    if (begin < 0) {
      throw new IllegalArgumentException(
          setting + "=" + path + " holds no certificate. It must be a PEM file: " + CERTIFICATE);
    }
    String certificates = pem.substring(begin);
    try {
      CertificateFactory.getInstance("X.509")
          .generateCertificates(
              new ByteArrayInputStream(certificates.getBytes(StandardCharsets.US_ASCII)));
    } catch (CertificateException e) {
      throw new IllegalArgumentException(
          setting + "=" + path + " holds a damaged certificate: " + e.getMessage(), e);
    }
    return certificates;
  }

  /**
   * The file's content, a private key in PKCS #8 without a passphrase.
   *
   * @throws IllegalArgumentException if it is not that; the message never holds the content
   */
  static String privateKey(String setting, String path) {
    String pem = read(setting, path);
    if (!pem.contains(PRIVATE_KEY)) {
      throw new IllegalArgumentException(
          setting
              + "="
              + path
              + " holds no private key in PKCS #8 without a passphrase. Convert it: openssl pkcs8"
              + " -topk8 -nocrypt -in OLD -out NEW");
    }
    return pem.substring(pem.indexOf(PRIVATE_KEY));
  }

  private static String read(String setting, String path) {
    try {
      // Latin-1 takes any byte: a file that is no text must be called no certificate, not no UTF-8.
      return Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(setting + "=" + path + ": there is no such file", e);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(setting + "=" + path + " can't be read: " + e, e);
    }
  }
}
