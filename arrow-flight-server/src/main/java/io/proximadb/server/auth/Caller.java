package io.proximadb.server.auth;

import io.proximadb.model.CollectionName;
import java.util.List;

/**
 * Who makes a call, and what that one may do.
 *
 * @param name of the key that the call came with
 * @param grants all that is allowed
 */
public record Caller(String name, List<Grant> grants) {
  /** Everyone, of a server that asks for no keys. */
  public static final Caller ANYONE = new Caller("anyone", List.of(Grant.everything(Role.ADMIN)));

  public Caller {
    grants = List.copyOf(grants);
  }

  /** True if a collection of that name may be used so, whether it is there or not. */
  public boolean may(Role role, CollectionName name) {
    return grants.stream().anyMatch(grant -> grant.allows(role, name));
  }

  /** True if something of the namespace may be read. */
  public boolean maySee(String namespace) {
    return grants.stream()
        .anyMatch(grant -> grant.isOfEverything() || grant.namespace().equals(namespace));
  }

  /**
   * Goes on if the collection may be used so.
   *
   * @throws AccessException if not; it does not tell whether the collection is there
   */
  public void check(Role role, CollectionName name) {
    if (!may(role, name)) {
      throw AccessException.forbidden(
          "Cannot use collection '"
              + name
              + "': the key '"
              + this.name
              + "' has no role "
              + role
              + " there (expected a key with that role)");
    }
  }

  /**
   * Goes on if there may be a collection that may be used so: for calls that do not say yet which.
   *
   * @throws AccessException if not
   */
  public void checkSomewhere(Role role) {
    if (grants.stream().noneMatch(grant -> grant.role().covers(role))) {
      throw AccessException.forbidden(
          "Cannot use collections: the key '"
              + name
              + "' has no role "
              + role
              + " anywhere (expected a key with that role)");
    }
  }

  /**
   * Goes on if all of the server may be used so.
   *
   * @throws AccessException if not
   */
  public void checkServer(Role role) {
    if (grants.stream().noneMatch(grant -> grant.isOfEverything() && grant.role().covers(role))) {
      throw AccessException.forbidden(
          "Cannot use the server: the key '"
              + name
              + "' has no role "
              + role
              + " of everything (expected a key with that role)");
    }
  }
}
