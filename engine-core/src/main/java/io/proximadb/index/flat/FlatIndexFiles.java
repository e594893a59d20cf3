package io.proximadb.index.flat;

import io.proximadb.io.ChecksummedInput;
import io.proximadb.io.ChecksummedOutput;
import io.proximadb.vector.quantize.NestedParameters;
import io.proximadb.vector.quantize.NestedQuantizer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.UUID;

/** Writes and reads flat indexes, see {@link FlatIndexFormat}. */
final class FlatIndexFiles {
  private FlatIndexFiles() {}

  /**
   * Writes an index; the caller makes the file durable.
   *
   * @param source names the rows, so that the index is not taken for that of others
   */
  static void write(FlatIndex index, UUID source, OutputStream out) throws IOException {
    NestedParameters parameters = index.quantizer.parameters();
    int directions = parameters.basis().length / parameters.mean().length;
    byte[] header =
        new FlatIndexFormat.Header(
                source,
                parameters.metric(),
                index.rowCount(),
                parameters.mean().length,
                directions,
                parameters.coarse(),
                parameters.coarseStep(),
                parameters.coarseRest(),
                parameters.fineStep(),
                parameters.fineRest())
            .bytes();
    ChecksummedOutput file = new ChecksummedOutput(out);
    file.bytes(header, 0, header.length);
    file.floats(parameters.mean(), parameters.mean().length);
    file.floats(parameters.basis(), parameters.basis().length);
    file.bytes(index.coarse, FlatIndex.FIRST_BLOCK, index.coarse.length - FlatIndex.FIRST_BLOCK);
    file.floats(index.coarseSquares, index.rowCount());
    file.floats(index.coarseSlacks, index.rowCount());
    file.bytes(index.fine, 0, index.fine.length);
    file.footer(FlatIndexFormat.END);
  }

  /**
   * Reads an index into memory. No byte of a damaged one is made use of.
   *
   * @param length of the file
   * @param source that the index has to be of
   * @param location of the file, for messages
   * @throws io.proximadb.error.CorruptFileException if it is damaged, cut short or of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  static FlatIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    ChecksummedInput file = new ChecksummedInput(in);
    try {
      return read(file, length, source, location);
    } catch (EOFException e) {
      throw FlatIndexFormat.corrupt(location, file.offset(), "it ends too early");
    }
  }

  private static FlatIndex read(ChecksummedInput file, long length, UUID source, String location)
      throws IOException {
    byte[] head = new byte[FlatIndexFormat.HEADER_BYTES];
    file.bytes(head, 0, head.length);
    FlatIndexFormat.Header header = FlatIndexFormat.header(head, length, location);
    if (!header.source().equals(source)) {
      throw FlatIndexFormat.corrupt(
          location,
          FlatIndexFormat.SOURCE_OFFSET,
          "it is an index of " + header.source() + ", expected one of " + source);
    }
    float[] mean = new float[header.dimension()];
    file.floats(mean, mean.length);
    float[] basis = new float[Math.multiplyExact(header.directions(), header.dimension())];
    file.floats(basis, basis.length);
    FlatIndex.Codes codes =
        new FlatIndex.Codes(
            header.rows(),
            header.coarse() + 1,
            header.directions() == header.coarse() ? 0 : header.directions() - header.coarse() + 1);
    file.bytes(codes.coarse, FlatIndex.FIRST_BLOCK, codes.coarse.length - FlatIndex.FIRST_BLOCK);
    file.floats(codes.coarseSquares, header.rows());
    file.floats(codes.coarseSlacks, header.rows());
    file.bytes(codes.fine, 0, codes.fine.length);
    if (!file.isFooter(FlatIndexFormat.END)) {
      throw FlatIndexFormat.corrupt(location, file.offset(), "checksum or end mark are not right");
    }
    return new FlatIndex(
        new NestedQuantizer(
            new NestedParameters(
                header.metric(),
                mean,
                basis,
                header.coarse(),
                header.coarseStep(),
                header.coarseRest(),
                header.fineStep(),
                header.fineRest())),
        codes);
  }
}
