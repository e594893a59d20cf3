package io.proximadb.gateway;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps pages of other sites out of a server that asks for no keys. Loopback keeps other machines
 * out, but not a page that a browser on this machine shows: it can send requests here, and read the
 * answers if a name of its own site leads here. So a request must name this machine as its host,
 * and come from no page of another origin. Where keys are asked for, such pages have none.
 */
final class BrowserCheck {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

  private final boolean open;
  private final String host;

  /**
   * A check.
   *
   * @param open whether the server asks for no keys; nothing is checked if it does
   * @param host on which it listens
   */
  BrowserCheck(boolean open, String host) {
    this.open = open;
    this.host = host.toLowerCase(Locale.ROOT);
  }

  /**
   * Goes on if the request may come from a program, or from this server's own pages.
   *
   * @throws RefusedException if not
   */
  void check(RequestHeaders headers) {
    if (!open) {
      return;
    }
    String authority = headers.authority();
    if (authority != null && !isHere(authority.replaceFirst(":[0-9]*$", ""))) {
      throw GateService.foreign("it is for another host (expected localhost)");
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    if (origin != null && !origin.equals(ownOrigin(authority))) {
      throw GateService.foreign("it comes from a page of another origin");
    }
    String site = headers.get("sec-fetch-site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw GateService.foreign("it comes from a page of another site");
    }
  }

  private boolean isHere(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return LOOPBACK.contains(lower) || lower.equals(host);
  }

  private static String ownOrigin(@Nullable String authority) {
    return "http://" + authority;
  }
}
