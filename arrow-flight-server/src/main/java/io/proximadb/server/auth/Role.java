package io.proximadb.server.auth;

/** What a key may do; each role may do what those before it may. */
public enum Role {
  /** Read and search. */
  READ,
  /** Write and delete records, flush. */
  WRITE,
  /** Create, change, maintain and drop collections, erase records; of everything: manage keys. */
  ADMIN;

  /** True if whoever has this role may do what wants the other one. */
  public boolean covers(Role wanted) {
    return compareTo(wanted) >= 0;
  }
}
