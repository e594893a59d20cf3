package io.proximadb.server.operations;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.proto.v1.StatusResponse;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.Audit;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.auth.GuardedEngine;
import io.proximadb.server.auth.Role;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All operations by name: the one implementation behind gRPC, REST and the Flight actions. Safe for
 * use by several threads.
 */
public final class Operations implements AutoCloseable {
  private final EngineAccess engine;
  private final Map<String, Operation<?, ?>> byName = new LinkedHashMap<>();
  private final ScanCursors cursors = new ScanCursors();
  private final Audit audit;
  private final Observer observer;

  /** Is told of every operation that ended. */
  @FunctionalInterface
  public interface Observer {
    /** Looks away. */
    Observer NONE = (name, outcome, nanos) -> {};

    /**
     * An operation ended.
     *
     * @param name of the operation
     * @param outcome {@code OK}, the kind of the error, or {@code INTERNAL}
     * @param nanos it took
     */
    void ended(String name, String outcome, long nanos);
  }

  /**
   * Operations of an engine.
   *
   * @param status how the server does
   * @param gate whose keys can be managed, and whose audit log is written
   * @param observer is told of what was done
   */
  public Operations(
      EngineAccess engine, Supplier<StatusResponse> status, Gate gate, Observer observer) {
    this.engine = engine;
    this.audit = gate.audit();
    this.observer = observer;
    CollectionOperations.addTo(this);
    IndexOperations.addTo(this);
    RecordOperations.addTo(this, cursors);
    SearchOperations.addTo(this);
    AdministrationOperations.addTo(this, status, gate.keys());
  }

  <Q extends Message, R extends Message> void add(
      String name,
      Role role,
      String description,
      Q request,
      R response,
      Operation.Body<Q, R> body) {
    byName.put(name, new Operation<>(name, role, description, request, response, body));
  }

  /** All of them, in the order of the contract. */
  public Iterable<Operation<?, ?>> all() {
    return byName.values();
  }

  /**
   * The operation of that name.
   *
   * @throws InvalidArgumentException if there is none
   */
  public Operation<?, ?> named(String name) {
    Operation<?, ?> operation = byName.get(name);
    if (operation == null) {
      throw new InvalidArgumentException(
          "Invalid operation: '" + name + "' (expected one of " + byName.keySet() + ")");
    }
    return operation;
  }

  /**
   * Does what a call asks for.
   *
   * @param request of the operation's type
   * @throws ProximaException if it cannot be done, or the caller may not
   */
  public Message run(String name, Caller caller, Message request) {
    long start = System.nanoTime();
    String outcome = "INTERNAL";
    try {
      Operation<?, ?> operation = named(name);
      check(operation, caller, request);
      Message answer =
          operation.run(new Operation.Call(new GuardedEngine(engine, caller), caller), request);
      outcome = "OK";
      return answer;
    } catch (ProximaException e) {
      outcome = e.kind().name();
      if (e.kind() == ErrorKind.PERMISSION_DENIED) {
        audit.refused(caller, name);
      }
      throw e;
    } finally {
      observer.ended(name, outcome, System.nanoTime() - start);
    }
  }

  /** True if there is an operation of that name. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /**
   * Lets a call in whose request has not come yet, as far as can be known by then: that the caller
   * may do so to the collection, or to some collection where it is not known to which.
   *
   * @param collection that the call names outside of its request
   * @throws ProximaException if the caller may not, or there is no such operation
   */
  public void admit(String name, Caller caller, Optional<String> collection) {
    Operation<?, ?> operation = named(name);
    try {
      if (operation.request().getDescriptorForType().findFieldByName("collection") == null) {
        if (operation.role() != Role.READ) {
          caller.checkServer(operation.role());
        }
      } else if (collection.isPresent()) {
        caller.check(operation.role(), CollectionOperations.name(collection.get()));
      } else {
        caller.checkSomewhere(operation.role());
      }
    } catch (ProximaException e) {
      if (e.kind() == ErrorKind.PERMISSION_DENIED) {
        audit.refused(caller, name);
      }
      observer.ended(name, e.kind().name(), 0);
      throw e;
    }
  }

  /** Whether the caller may is asked before anything else of the request is looked at. */
  private static void check(Operation<?, ?> operation, Caller caller, Message request) {
    FieldDescriptor field = request.getDescriptorForType().findFieldByName("collection");
    if (field != null) {
      caller.check(operation.role(), CollectionOperations.name((String) request.getField(field)));
    } else if (operation.role() != Role.READ) {
      caller.checkServer(operation.role());
    }
  }

  /** Notes what an administrator did. */
  static void audit(Operation.Call call, String what, String object) {
    Audit.done(call.caller(), what, object);
  }

  /** Scans that are held open for callers. */
  public int openScans() {
    return cursors.open();
  }

  @Override
  public void close() {
    cursors.close();
  }
}
