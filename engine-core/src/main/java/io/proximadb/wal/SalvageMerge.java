package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges the sound records of all stripes by their numbers. Not safe for use by several threads.
 */
final class SalvageMerge implements Closeable {
  private final List<Stripe> stripes = new ArrayList<>();

  SalvageMerge(Disk disk, List<List<SegmentSource>> stripes) throws IOException {
    try {
      for (List<SegmentSource> segments : stripes) {
        Stripe stripe = new Stripe(disk, segments.iterator());
        this.stripes.add(stripe);
        stripe.advance();
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The records of the next frame; null at the end. */
  @Nullable List<WalRecord> next() throws IOException {
    Stripe best = null;
    long lowest = Long.MAX_VALUE;
    for (Stripe stripe : stripes) {
      LogFrame head = stripe.head;
      if (head != null && (best == null || head.firstSequence() < lowest)) {
        best = stripe;
        lowest = head.firstSequence();
      }
    }
    if (best == null) {
      return null;
    }
    List<WalRecord> records = best.records;
    best.advance();
    return records;
  }

  @Override
  public void close() throws IOException {
    for (Stripe stripe : stripes) {
      stripe.close();
    }
  }

  private static final class Stripe implements Closeable {
    private final Disk disk;
    private final Iterator<SegmentSource> segments;
    private @Nullable SegmentSalvage current;
    private @Nullable LogFrame head;
    private List<WalRecord> records = List.of();

    Stripe(Disk disk, Iterator<SegmentSource> segments) {
      this.disk = disk;
      this.segments = segments;
    }

    void advance() throws IOException {
      head = null;
      while (true) {
        SegmentSalvage salvage = current;
        if (salvage != null) {
          head = salvage.next();
          if (head != null) {
            records = salvage.records();
            return;
          }
          close();
        }
        if (!segments.hasNext()) {
          return;
        }
        current = new SegmentSalvage(disk, segments.next());
      }
    }

    @Override
    public void close() throws IOException {
      SegmentSalvage open = current;
      current = null;
      if (open != null) {
        open.close();
      }
    }
  }
}
