package tickets.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * What a server needs to speak TLS, as PEM files.
 *
 * @param ca the authority that made the certificate
 * @param certificate the server's own, made out to 127.0.0.1, good for servers and clients
 * @param privateKey of the certificate, PKCS #8 without a passphrase
 */
public record ServerTls(Path ca, Path certificate, Path privateKey) {

  /** Trusts what the authority has made, and nothing else. */
  SSLContext trusting() throws IOException {
    try (InputStream pem = Files.newInputStream(ca)) {
      Certificate authority = CertificateFactory.getInstance("X.509").generateCertificate(pem);
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", authority);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(ca + " holds no usable certificate: " + e.getMessage(), e);
    }
  }
}
