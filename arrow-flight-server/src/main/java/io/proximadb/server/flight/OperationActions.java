package io.proximadb.server.flight;

import com.google.protobuf.Message;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.operations.Operation;
import io.proximadb.server.operations.Operations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.flight.ActionType;

/**
 * The Flight actions: the server's operations by their names, a message in and a message out. Some
 * have a short name, too.
 */
final class OperationActions {
  private static final Map<String, String> SHORT_NAMES =
      Map.of(
          "create", "CreateCollection",
          "describe", "GetCollection",
          "list", "ListCollections",
          "drop", "DropCollection",
          "flush", "Flush",
          "status", "GetStatus");

  private final Operations operations;
  private final Map<String, Operation<?, ?>> byName = new LinkedHashMap<>();

  OperationActions(Operations operations) {
    this.operations = operations;
    operations.all().forEach(operation -> byName.put(operation.name(), operation));
    new TreeMap<>(SHORT_NAMES)
        .forEach((name, operation) -> byName.put(name, operations.named(operation)));
  }

  /** All actions, for those who ask what there is. */
  List<ActionType> types() {
    return byName.entrySet().stream()
        .map(each -> new ActionType(each.getKey(), description(each.getValue())))
        .toList();
  }

  private static String description(Operation<?, ?> operation) {
    return operation.request().getDescriptorForType().getName()
        + " -> "
        + operation.response().getDescriptorForType().getName()
        + ": "
        + operation.description();
  }

  /**
   * Runs an action.
   *
   * @throws InvalidArgumentException if there is none of that name or the body is not its message
   */
  byte[] run(String name, Caller caller, byte[] body) {
    Operation<?, ?> operation = byName.get(name);
    if (operation == null) {
      throw new InvalidArgumentException(
          "Invalid action: '" + name + "' (expected one of " + byName.keySet() + ")");
    }
    Message request =
        Requests.parse(
            "body of action '" + name + "'", operation.request().getParserForType(), body);
    return operations.run(operation.name(), caller, request).toByteArray();
  }
}
