// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who a certificate says that its owner is. It stands in the subject's alternative names: the
 * server's name as a DNS name, the cluster as the URI {@code meikyo:cluster:ID}. The subject itself
 * is for people.
 *
 * @param server name of the server, as the configuration has it
 * @param cluster id of its cluster
 */
public record PeerIdentity(String server, UUID cluster) {
  private static final String CLUSTER = "meikyo:cluster:";
  private static final int URI_NAME = 6;
  private static final int DNS_NAME = 2;
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if no server may be called so
   */
  public PeerIdentity {
    if (!isServerName(server)) {
      throw new IllegalArgumentException("not the name of a server: " + server);
    }
  }

  /** True for letters, digits and inner hyphens, 63 at most: what fits one part of a DNS name. */
  public static boolean isServerName(String name) {
    return NAME.matcher(name).matches();
  }

  /** How a cluster is named in a certificate. */
  public static String clusterUri(UUID cluster) {
    return CLUSTER + cluster;
  }

  /**
   * Reads it.
   *
   * @throws Refusal NO_NAME
   */
  public static PeerIdentity of(X509Certificate certificate) throws Refusal {
    List<String> servers = names(certificate, DNS_NAME, "");
    if (servers.size() != 1 || !isServerName(servers.getFirst())) {
      throw nameless(certificate);
    }
    return new PeerIdentity(servers.getFirst(), clusterOf(certificate));
  }

  /**
   * The cluster alone, of a server's or an authority's certificate.
   *
   * @throws Refusal NO_NAME
   */
  public static UUID clusterOf(X509Certificate certificate) throws Refusal {
    List<String> clusters = names(certificate, URI_NAME, CLUSTER);
    UUID id = clusters.size() == 1 ? id(clusters.getFirst()) : null;
    if (id == null) {
      throw nameless(certificate);
    }
    return id;
  }

  private static Refusal nameless(X509Certificate certificate) {
    return new Refusal(Refusal.Why.NO_NAME, certificate.getSubjectX500Principal().getName());
  }

  /** The alternative names of a kind that begin so, without the beginning. */
  private static List<String> names(X509Certificate certificate, int kind, String prefix)
      throws Refusal {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        if (name.get(0) instanceof Integer k
            && k == kind
            && name.get(1) instanceof String text
            && text.startsWith(prefix)) {
          found.add(text.substring(prefix.length()));
        }
      }
    } catch (CertificateParsingException e) {
      throw new Refusal(Refusal.Why.NO_NAME, String.valueOf(e.getMessage()));
    }
    return found;
  }

  private static @Nullable UUID id(String text) {
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equals(text) ? id : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
