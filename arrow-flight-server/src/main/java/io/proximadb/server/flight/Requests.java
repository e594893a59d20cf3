package io.proximadb.server.flight;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.PutCommand;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.SparseQuery;
import io.proximadb.proto.v1.Ticket;
import java.util.List;
import org.apache.arrow.flight.FlightDescriptor;
import org.jspecify.annotations.Nullable;

/** Bytes of tickets, descriptors and action bodies, read and checked. */
final class Requests {
  private Requests() {}

  /**
   * Reads a message.
   *
   * @throws InvalidArgumentException if the bytes are no such message
   */
  static <M extends Message> M parse(String what, Parser<M> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidArgumentException(
          "Invalid " + what + ": " + bytes.length + " bytes that are not its message", e);
    }
  }

  static Ticket ticket(byte[] bytes) {
    Ticket ticket = parse("ticket", Ticket.parser(), bytes);
    if (ticket.getRequestCase() == Ticket.RequestCase.REQUEST_NOT_SET) {
      throw new InvalidArgumentException(
          "Invalid ticket: no request (expected search, scan or get)");
    }
    return ticket;
  }

  static PutCommand putCommand(FlightDescriptor descriptor) {
    if (!descriptor.isCommand()) {
      throw new InvalidArgumentException(
          "Invalid descriptor of a put stream: the path "
              + descriptor.getPath()
              + " (expected a command, proximadb.v1.PutCommand)");
    }
    return parse("put command", PutCommand.parser(), descriptor.getCommand());
  }

  /** The ticket with a search that an exchange begins with. */
  static Ticket searchCommand(FlightDescriptor descriptor) {
    Ticket ticket =
        descriptor.isCommand() ? ticket(descriptor.getCommand()) : Ticket.getDefaultInstance();
    if (!ticket.hasSearch()) {
      throw new InvalidArgumentException(
          "Invalid descriptor of an exchange: "
              + (descriptor.isCommand()
                  ? "a ticket without a search"
                  : "the path " + descriptor.getPath())
              + " (expected a command, proximadb.v1.Ticket with a search)");
    }
    return ticket;
  }

  /** The collection that a path names: {@code [namespace, collection]} or its full name alone. */
  static CollectionName path(List<String> path) {
    return switch (path.size()) {
      case 1 -> CollectionName.parse(path.get(0));
      case 2 -> new CollectionName(path.get(0), path.get(1));
      default ->
          throw new InvalidArgumentException(
              "Invalid path: " + path + " (expected namespace and collection)");
    };
  }

  static String collection(Ticket ticket) {
    return switch (ticket.getRequestCase()) {
      case SEARCH -> ticket.getSearch().getCollection();
      case SCAN -> ticket.getScan().getCollection();
      case GET -> ticket.getGet().getCollection();
      case REQUEST_NOT_SET -> throw new IllegalArgumentException("a ticket without a request");
    };
  }

  /** The filter of a JSON text; empty text lets every row pass. */
  static Filter filter(String json) {
    return json.isBlank() ? Filter.alwaysTrue() : FilterJson.parse(json);
  }

  static float[] vector(SearchTicket ticket) {
    float[] vector = new float[ticket.getVectorCount()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = ticket.getVector(i);
    }
    return vector;
  }

  /** The query for a sparse field, if there is one. */
  static @Nullable SparseVector sparse(SearchTicket ticket) {
    if (!ticket.hasSparse()) {
      return null;
    }
    return sparse(ticket.getSparse());
  }

  static SparseVector sparse(SparseQuery query) {
    float[] values = new float[query.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = query.getValues(i);
    }
    return SparseVector.of(
        query.getIndicesList().stream().mapToInt(Integer::intValue).toArray(), values);
  }

  /** The columns of a search without id, which is in every answer; null when none is named. */
  static List<String> columns(SearchTicket ticket, List<String> unnamed) {
    return ticket.getColumnsCount() == 0
        ? unnamed
        : ticket.getColumnsList().stream()
            .filter(column -> !column.equals(SystemColumns.ID))
            .toList();
  }

  static List<String> columns(ScanTicket ticket, List<String> unnamed) {
    return ticket.getColumnsCount() == 0 ? unnamed : ticket.getColumnsList();
  }

  static List<String> columns(GetTicket ticket, List<String> unnamed) {
    return ticket.getColumnsCount() == 0 ? unnamed : ticket.getColumnsList();
  }
}
