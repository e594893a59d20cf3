package io.proximadb.server.operations;

import com.google.protobuf.Message;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Role;

/**
 * What the server does for one kind of call, whichever door it came through.
 *
 * @param name of the RPC, which is that of the Flight action too
 * @param role that the caller must have: of the collection that the request names, or of the server
 * @param description for people
 * @param request an empty message of the request's type
 * @param response an empty message of the answer's type
 * @param body does it
 */
public record Operation<Q extends Message, R extends Message>(
    String name, Role role, String description, Q request, R response, Body<Q, R> body) {
  /**
   * Who calls, and the engine as that one may use it.
   *
   * @param engine refuses what the caller may not do
   * @param caller who calls
   */
  public record Call(EngineAccess engine, Caller caller) {}

  /** What an operation does. */
  @FunctionalInterface
  public interface Body<Q extends Message, R extends Message> {
    R run(Call call, Q request);
  }

  R run(Call call, Message given) {
    @SuppressWarnings("unchecked") // messages come from the parser of this very type
    Q typed = (Q) given;
    return body.run(call, typed);
  }
}
