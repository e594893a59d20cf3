package io.proximadb.storage.lsm;

import java.util.UUID;
import java.util.zip.CRC32C;

/** Collects the ids of a data file into the bytes of its side file. */
final class LsmIndexBuilder {
  private final int rows;
  private final int groups;
  private final long[] bloom;
  private final AvroOutput starts = new AvroOutput();
  private final AvroOutput ids = new AvroOutput();
  private int blocks;

  LsmIndexBuilder(int rows) {
    this.rows = rows;
    this.groups = LsmIndexFormat.groups(rows);
    this.bloom = new long[groups * LsmIndexFormat.GROUP_BYTES / Long.BYTES];
  }

  /** Adds the hash of an id. */
  void add(long hash) {
    int first = LsmIndexFormat.group(hash, groups) * LsmIndexFormat.GROUP_BITS;
    for (int probe = 0; probe < LsmIndexFormat.PROBES; probe++) {
      int bit = first + LsmIndexFormat.place(hash, probe);
      bloom[bit >> 6] |= 1L << bit;
    }
  }

  /** Adds the first id of the next block. */
  void addBlock(byte[] firstId) {
    starts.writeFixedInt(ids.size());
    ids.writeRaw(firstId);
    blocks++;
  }

  /** The side file of a data file with that checksum in its header. */
  byte[] build(UUID table, int dataChecksum) {
    AvroOutput out = new AvroOutput();
    out.writeRaw(LsmIndexFormat.MAGIC);
    out.writeFixedInt(LsmIndexFormat.VERSION);
    out.writeFixedInt(rows);
    out.writeFixedLong(table.getMostSignificantBits());
    out.writeFixedLong(table.getLeastSignificantBits());
    out.writeFixedInt(dataChecksum);
    out.writeFixedInt(blocks);
    out.writeFixedInt(groups);
    out.writeFixedInt(ids.size());
    for (long word : bloom) {
      out.writeFixedLong(word);
    }
    out.writeRaw(starts.array(), 0, starts.size());
    out.writeFixedInt(ids.size());
    out.writeRaw(ids.array(), 0, ids.size());
    CRC32C checksum = new CRC32C();
    checksum.update(out.array(), 0, out.size());
    out.writeFixedInt((int) checksum.getValue());
    out.writeRaw(LsmIndexFormat.END);
    return out.toByteArray();
  }
}
