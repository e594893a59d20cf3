package io.proximadb.spark.read;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.UTF8String;

/** A column of one type: subclasses override the getters that the type has. */
abstract class ReadOnlyVector extends ColumnVector {
  ReadOnlyVector(DataType type) {
    super(type);
  }

  abstract int size();

  @Override
  public boolean hasNull() {
    return numNulls() > 0;
  }

  @Override
  public int numNulls() {
    int nulls = 0;
    for (int row = 0; row < size(); row++) {
      nulls += isNullAt(row) ? 1 : 0;
    }
    return nulls;
  }

  /** Nothing to free: the values are on the heap. */
  @Override
  public void close() {}

  private UnsupportedOperationException wrongType(String asked) {
    return new UnsupportedOperationException("A column of " + dataType() + " has no " + asked);
  }

  @Override
  public boolean getBoolean(int row) {
    throw wrongType("boolean");
  }

  @Override
  public byte getByte(int row) {
    throw wrongType("byte");
  }

  @Override
  public short getShort(int row) {
    throw wrongType("short");
  }

  @Override
  public int getInt(int row) {
    throw wrongType("int");
  }

  @Override
  public long getLong(int row) {
    throw wrongType("long");
  }

  @Override
  public float getFloat(int row) {
    throw wrongType("float");
  }

  @Override
  public double getDouble(int row) {
    throw wrongType("double");
  }

  @Override
  public ColumnarArray getArray(int row) {
    throw wrongType("array");
  }

  @Override
  public ColumnarMap getMap(int row) {
    throw wrongType("map");
  }

  @Override
  public Decimal getDecimal(int row, int precision, int scale) {
    throw wrongType("decimal");
  }

  @Override
  public UTF8String getUTF8String(int row) {
    throw wrongType("string");
  }

  @Override
  public byte[] getBinary(int row) {
    throw wrongType("binary");
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    throw wrongType("child");
  }
}
