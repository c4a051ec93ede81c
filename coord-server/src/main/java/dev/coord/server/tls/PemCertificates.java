package dev.coord.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** A chain of certificates from a PEM file, the holder's first. */
public final class PemCertificates {

    private PemCertificates() {}

    /** @throws IOException naming the file, when it can't be read or holds no certificate */
    public static X509Certificate[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (chain.length == 0) {
                throw new IOException(file + " holds no certificate");
            }
            return chain;
        } catch (CertificateException e) {
            throw new IOException(file + " can't be read as certificates: " + e.getMessage(), e);
        }
    }
}
