package io.proximadb.server.flight;

import java.time.Duration;

/**
 * Bounds of what clients can make a server do at once. Immutable.
 *
 * @param maxMessageBytes largest message taken in; a put stream has up to five of them waiting
 * @param maxArrowBytes most Arrow memory of all calls together
 * @param maxScanBytes most Arrow memory of one scan, search or get
 * @param maxSearches searches and gets that run at once
 * @param maxScans scans that run at once; each pins a snapshot and holds a thread
 * @param maxPuts put streams that are open at once; each holds a thread
 * @param maxReaderStall a scan whose reader takes nothing for that long is ended, because it pins
 *     files that could go
 */
public record FlightLimits(
    int maxMessageBytes,
    long maxArrowBytes,
    long maxScanBytes,
    int maxSearches,
    int maxScans,
    int maxPuts,
    Duration maxReaderStall) {
  /** 64 MiB: 20,000 vectors of 768 floats in one batch. */
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 64 << 20;

  /** 1 GiB. */
  public static final long DEFAULT_MAX_ARROW_BYTES = 1L << 30;

  /** 256 MiB: as large as the largest batch that a scan may ask for in 1,024 dimensions. */
  public static final long DEFAULT_MAX_SCAN_BYTES = 256L << 20;

  /** Searches are bound by cores; what waits behind them waits better at the client. */
  public static final int DEFAULT_MAX_SEARCHES = 256;

  public static final int DEFAULT_MAX_SCANS = 32;

  public static final int DEFAULT_MAX_PUTS = 64;

  public static final Duration DEFAULT_MAX_READER_STALL = Duration.ofMinutes(5);

  /** Largest header list of a call: a key and some context, 16 KiB. */
  public static final int MAX_HEADER_BYTES = 16 << 10;

  /** Calls that one connection may have open; more wait at the client. */
  public static final int MAX_CALLS_PER_CONNECTION = 256;

  /** Bytes of an answer that may wait in the connection before its producer pauses: 4 MiB. */
  public static final int SEND_WINDOW_BYTES = 4 << 20;

  /** Most ids in one get: its answer is one batch in memory. */
  public static final int MAX_GET_IDS = 10_000;

  /** The bounds that suit one machine. */
  public static FlightLimits defaults() {
    return new FlightLimits(
        DEFAULT_MAX_MESSAGE_BYTES,
        DEFAULT_MAX_ARROW_BYTES,
        DEFAULT_MAX_SCAN_BYTES,
        DEFAULT_MAX_SEARCHES,
        DEFAULT_MAX_SCANS,
        DEFAULT_MAX_PUTS,
        DEFAULT_MAX_READER_STALL);
  }

  public FlightLimits withMaxMessageBytes(int bytes) {
    return new FlightLimits(
        bytes, maxArrowBytes, maxScanBytes, maxSearches, maxScans, maxPuts, maxReaderStall);
  }

  public FlightLimits withMaxArrowBytes(long bytes) {
    return new FlightLimits(
        maxMessageBytes, bytes, maxScanBytes, maxSearches, maxScans, maxPuts, maxReaderStall);
  }

  public FlightLimits withMaxScanBytes(long bytes) {
    return new FlightLimits(
        maxMessageBytes, maxArrowBytes, bytes, maxSearches, maxScans, maxPuts, maxReaderStall);
  }

  /** Other bounds of calls that run at once. */
  public FlightLimits withMaxCalls(int searches, int scans, int puts) {
    return new FlightLimits(
        maxMessageBytes, maxArrowBytes, maxScanBytes, searches, scans, puts, maxReaderStall);
  }

  public FlightLimits withMaxReaderStall(Duration stall) {
    return new FlightLimits(
        maxMessageBytes, maxArrowBytes, maxScanBytes, maxSearches, maxScans, maxPuts, stall);
  }
}
