package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.ScanRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.proto.v1.ReadAt;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.Ticket;
import io.proximadb.server.operations.ReadState;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** A scan that is divided among several readers, all of one snapshot. */
final class ScanParts {
  private ScanParts() {}

  /** True if a scan is for one reader. */
  static boolean isWhole(ScanTicket scan) {
    return scan.getEndpoints() == 0 || scan.getEndpoints() == 1;
  }

  /**
   * A divided scan at the snapshot that it is to read; as a whole where there is none yet.
   *
   * @throws InvalidArgumentException if it asks for too many endpoints, or for a sequence
   */
  static Ticket atSnapshot(Collection collection, ScanTicket scan) {
    if (scan.getEndpoints() < 1 || scan.getEndpoints() > ScanRequest.MAX_PARTS) {
      throw new InvalidArgumentException(
          "Invalid number of endpoints: "
              + scan.getEndpoints()
              + " (expected 1 to "
              + ScanRequest.MAX_PARTS
              + ", or 0 for one)");
    }
    if (scan.getMinSequence() != 0 || scan.getParts() != 0) {
      throw new InvalidArgumentException(
          "Invalid scan for several endpoints: with a sequence, or a part itself (expected"
              + " neither)");
    }
    OptionalLong snapshot = snapshot(collection, scan);
    ScanTicket.Builder known = scan.toBuilder();
    if (snapshot.isPresent()) {
      known.setReadAt(ReadAt.newBuilder().setSnapshotId(snapshot.getAsLong()));
    } else {
      known.setEndpoints(0);
    }
    return Ticket.newBuilder().setScan(known).build();
  }

  private static OptionalLong snapshot(Collection collection, ScanTicket scan) {
    if (!scan.hasReadAt()) {
      return collection.describe().snapshotId();
    }
    try (ReadState state = ReadState.open(collection, true, scan.getReadAt(), 0)) {
      return state.snapshotId();
    }
  }

  /** The tickets of the parts, or the one of the whole. */
  static List<Ticket> of(ScanTicket scan) {
    int parts = Math.max(1, scan.getEndpoints());
    return IntStream.range(0, parts)
        .mapToObj(part -> parts == 1 ? scan : part(scan, part, parts))
        .map(part -> Ticket.newBuilder().setScan(part).build())
        .toList();
  }

  private static ScanTicket part(ScanTicket scan, int part, int parts) {
    return scan.toBuilder().clearEndpoints().setPart(part).setParts(parts).build();
  }
}
