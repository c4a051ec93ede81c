package dev.coord.server.tls;

import java.net.InetAddress;
import java.util.List;

/**
 * What a certificate is to say.
 *
 * @param commonName of its holder
 * @param dnsNames by which its holder may be reached
 * @param addresses the same
 * @param serves false: its holder may only call others
 * @param days how long it counts, from now on
 */
public record CertificateRequest(
        String commonName, List<String> dnsNames, List<InetAddress> addresses, boolean serves, int days) {

    public CertificateRequest {
        dnsNames = List.copyOf(dnsNames);
        addresses = List.copyOf(addresses);
        CertificateAuthority.check(commonName, days);
        dnsNames.forEach(CertificateAuthority::checkDnsName);
    }
}
