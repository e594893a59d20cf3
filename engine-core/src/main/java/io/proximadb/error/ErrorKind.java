package io.proximadb.error;

/**
 * What went wrong, as coarsely as a caller can act on it. Kinds are part of the API, messages are
 * not.
 */
public enum ErrorKind {
  /** The request is wrong and will stay wrong; fix it. */
  INVALID_ARGUMENT,
  /** The named collection, namespace, record or snapshot does not exist. */
  NOT_FOUND,
  /** The named thing exists already, for instance the id of an insert. */
  ALREADY_EXISTS,
  /** A concurrent writer won; read again and decide again. */
  CONFLICT,
  /** Another engine owns the collection; send the write there. */
  NOT_OWNER,
  /** Stored bytes are damaged; they were not served. */
  CORRUPT,
  /** The file or log was written by a version this one cannot read. */
  UNSUPPORTED_VERSION,
  /** A limit was reached; retry later or with less. */
  RESOURCE_EXHAUSTED,
  /** The store, the disk or the catalog did not answer; retry. */
  UNAVAILABLE,
  /** The engine or collection handle is closed. */
  CLOSED,
  /** A server does not know who calls; send a key that is valid. */
  UNAUTHENTICATED,
  /** A server does not let this caller do that; use a key with the role. */
  PERMISSION_DENIED
}
