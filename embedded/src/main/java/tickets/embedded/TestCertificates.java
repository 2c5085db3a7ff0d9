package tickets.embedded;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * An authority of a test's own and the certificates it makes, as PEM files. For tests only: it
 * needs {@code io.netty:netty-pkitesting}, which the product does not ship.
 */
public final class TestCertificates {

  private final Path directory;
  private final X509Bundle authority;

  private TestCertificates(Path directory, X509Bundle authority) {
    this.directory = directory;
    this.authority = authority;
  }

  /** A new authority that nobody trusts yet; its files go into {@code directory}. */
  public static TestCertificates in(Path directory) throws IOException {
    X509Bundle authority =
        build(
            () ->
                // By its name another one would be taken for this one, until the signature is read.
                builder("test authority " + UUID.randomUUID())
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned());
    Files.createDirectories(directory);
    write(directory.resolve("ca.pem"), authority.getCertificatePEM());
    return new TestCertificates(directory, authority);
  }

  public Path ca() {
    return directory.resolve("ca.pem");
  }

  /** A certificate for 127.0.0.1 and localhost in {@code NAME.pem}, its key in {@code NAME.key}. */
  public ServerTls issue(String name) throws IOException {
    X509Bundle issued =
        build(
            () ->
                builder(name)
                    .addSanIpAddress(Ports.LOOPBACK)
                    .addSanDnsName("localhost")
                    .buildIssuedBy(authority));
    Path certificate = directory.resolve(name + ".pem");
    Path key = directory.resolve(name + ".key");
    write(certificate, issued.getCertificatePEM());
    write(key, issued.getPrivateKeyPEM());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return new ServerTls(ca(), certificate, key);
  }

  private static CertificateBuilder builder(String name) {
    return new CertificateBuilder().subject("CN=" + name).ecp256();
  }

  private interface Build {
    X509Bundle run() throws Exception;
  }

  private static X509Bundle build(Build build) {
    try {
      return build.run();
    } catch (Exception e) {
      throw new IllegalStateException("This JDK can't make a certificate", e);
    }
  }

  private static void write(Path file, String pem) throws IOException {
    Files.writeString(file, pem);
  }
}
