package dev.coord.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who somebody is in TLS: a certificate, with its chain, and the key that belongs to it.
 *
 * @param chain the holder's first
 */
public record PemIdentity(List<X509Certificate> chain, PrivateKey key) {

    public PemIdentity {
        chain = List.copyOf(chain);
    }

    /**
     * @throws IOException naming the file that can't be read; or both, when the key is another certificate's, as it is for a
     *     moment while somebody replaces one after the other
     */
    public static PemIdentity read(Path certificate, Path key) throws IOException {
        PemIdentity identity = new PemIdentity(
                List.of(PemCertificates.read(certificate)), PemKey.read(key).key());
        if (!identity.belongTogether()) {
            throw new IOException("the key in " + key + " does not belong to the certificate in " + certificate);
        }
        return identity;
    }

    private boolean belongTogether() throws IOException {
        try {
            String way = CertificateAuthority.signingWay(key);
            Signature signature = Signature.getInstance(way);
            signature.initSign(key);
            byte[] signed = signature.sign();
            signature.initVerify(chain.get(0).getPublicKey());
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
