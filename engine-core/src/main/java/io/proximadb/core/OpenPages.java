package io.proximadb.core;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchPages;
import io.proximadb.api.SearchRequest;
import io.proximadb.error.ClosedException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.mvcc.Pin;
import io.proximadb.query.PagedSearch;
import io.proximadb.query.RowColumns;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The rankings of one collection that are read page by page. */
final class OpenPages {
  private static final long MAX_IDLE_MICROS =
      TimeUnit.SECONDS.toMicros(SearchPages.MAX_IDLE.toSeconds());

  private final LongSupplier nowMicros;
  private final Set<Pages> open = new HashSet<>();

  // Guarded by this.
  private boolean closed;

  OpenPages(LongSupplier nowMicros) {
    this.nowMicros = nowMicros;
  }

  /** Opens a ranking; takes the pin over, unless it fails. */
  SearchPages open(Pin pin, RowColumns columns, SearchRequest request) {
    closeIdle();
    Pages pages = new Pages(pin, new PagedSearch(pin, columns, request));
    add(pages);
    return pages;
  }

  private synchronized void add(Pages pages) {
    if (closed) {
      throw new ClosedException("Cannot open a search by pages: the engine is closed");
    }
    if (open.size() >= SearchPages.MAX_OPEN) {
      throw new ResourceExhaustedException(
          "Cannot open a search by pages: "
              + open.size()
              + " are open (expected fewer than "
              + SearchPages.MAX_OPEN
              + "; close some)");
    }
    open.add(pages);
  }

  /** True if some could be idle for too long. */
  synchronized boolean isAnyOpen() {
    return !open.isEmpty();
  }

  /** Closes those that were not asked for too long. */
  void closeIdle() {
    long now = nowMicros.getAsLong();
    for (Pages pages : all()) {
      if (now - pages.usedMicros > MAX_IDLE_MICROS) {
        pages.close();
      }
    }
  }

  /** Closes all, and those that are opened from now on fail. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    all().forEach(Pages::close);
  }

  private synchronized List<Pages> all() {
    return new ArrayList<>(open);
  }

  private synchronized void remove(Pages pages) {
    open.remove(pages);
  }

  private final class Pages implements SearchPages {
    private final Pin pin;
    private final PagedSearch search;
    private volatile long usedMicros = nowMicros.getAsLong();
    private boolean closed;

    Pages(Pin pin, PagedSearch search) {
      this.pin = pin;
      this.search = search;
    }

    @Override
    public synchronized List<SearchHit> next(int size) {
      if (nowMicros.getAsLong() - usedMicros > MAX_IDLE_MICROS) {
        close();
      }
      if (closed) {
        throw new ClosedException(
            "Cannot read a page: the search was closed, or not asked for more than "
                + SearchPages.MAX_IDLE.toMinutes()
                + " minutes (search again)");
      }
      List<SearchHit> hits = search.next(size);
      usedMicros = nowMicros.getAsLong();
      return hits;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        remove(this);
        pin.close();
      }
    }
  }
}
