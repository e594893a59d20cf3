package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.attribute.AttributeFormat;
import io.proximadb.index.attribute.AttributeIndex;
import io.proximadb.index.attribute.AttributeIndexBuilder;
import io.proximadb.index.form.DamagedFiles;
import io.proximadb.model.FieldType;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/** Filters answered by indexes give the rows that columns give. */
class IndexedFilterTest {
  private static final int FILES = 12;
  private static final int FILTERS = 300;
  private static final int MAX_DEPTH = 4;

  private final Random random = Seed.random("IndexedFilterTest");
  private final RandomFilters generator = new RandomFilters(random);

  @Test
  void indexesAndColumnsAgree() throws IOException {
    int byIndexAlone = 0;
    int exactEstimates = 0;
    for (int file = 0; file < FILES; file++) {
      int rowCount = new int[] {1, 7, 64, 300, 2_000, 20_000}[file % 6];
      ColumnBatch batch = batch(rowCount);
      Map<String, ValueIndex> indexes = indexes(batch, file % 3 == 2 ? 0.6 : 1);
      int filters = rowCount > 10_000 ? FILTERS / 20 : FILTERS;
      for (int i = 0; i < filters; i++) {
        Filter filter = generator.filter(MAX_DEPTH);
        BoundFilter bound = BoundFilter.bind(filter, RandomFilters.SCHEMA);
        Set<String> read = new HashSet<>();
        var found =
            bound.select(
                rowCount,
                indexes::get,
                name -> {
                  read.add(name);
                  return batch.column(name);
                });
        assertThat(found)
            .as("%d rows, %s", rowCount, filter)
            .isEqualTo(BitSetUtil.bitmapOf(bound.select(batch)));
        assertThat(bound.columns()).containsAll(read);
        if (bound.isIndexed(indexes::get)) {
          assertThat(read).isEmpty();
          byIndexAlone++;
        }
        RowEstimate estimate = bound.estimate(rowCount, indexes::get);
        assertThat(found.getLongCardinality())
            .as("%s of %d rows, %s", estimate, rowCount, filter)
            .isBetween(estimate.least(), estimate.most());
        assertThat(estimate.likely()).isBetween(0L, (long) rowCount);
        exactEstimates += estimate.isExact() ? 1 : 0;
      }
    }
    assertThat(byIndexAlone).isGreaterThan(FILES * FILTERS / 4);
    assertThat(exactEstimates).isGreaterThan(FILES * FILTERS / 8);
  }

  @Test
  void prefixesEndWithTheLastTextThatBeginsSo() throws IOException {
    String[] texts = {
      "", "a", "ab", "abc", "abd", "ac", "b", "\udbff\udfff", "\udbff\udfffx", null
    };
    Column column = Columns.column(FieldType.Scalar.STRING, (Object[]) texts);
    ValueIndex index = index("word", column);
    for (String prefix : new String[] {"", "a", "ab", "abz", "b", "\udbff\udfff", "c"}) {
      BoundFilter bound =
          BoundFilter.bind(new Filter.StartsWith("word", prefix), RandomFilters.SCHEMA);
      assertThat(bound.select(texts.length, path -> index, name -> column))
          .isEqualTo(
              BitSetUtil.bitmapOf(
                  bound.select(new ColumnBatch(texts.length, Map.of("word", column)))));
    }
  }

  @Test
  void columnsAreReadOnlyWhereTheOutcomeDependsOnThem() throws IOException {
    ColumnBatch batch = batch(100);
    Filter other = Filter.equal("word", "a");
    BoundFilter ofId =
        BoundFilter.bind(Filter.and(other, Filter.equal("id", "no such id")), RandomFilters.SCHEMA);
    ValueIndex ids = index("id", batch.column("id"));
    assertThat(
            ofId.select(
                100,
                path -> path.equals("id") ? ids : null,
                name -> {
                  throw new AssertionError(name);
                }))
        .isEqualTo(new RoaringBitmap());
  }

  @Test
  void whatIsReadIsWhatWasWrittenAndDamageIsFound() throws IOException {
    ColumnBatch batch = batch(40);
    for (String path : List.of("small", "word", "words", "flag", "address.tags")) {
      AttributeIndex index = built(path, batch.column(path.split("\\.")[0]));
      byte[] bytes = bytes(index);
      AttributeIndex read = (AttributeIndex) DamagedFiles.read(bytes, AttributeFormat::read);
      assertThat(bytes(read)).as(path).isEqualTo(bytes);
      assertThat(read.memoryBytes()).isPositive();
      DamagedFiles.check(bytes, AttributeFormat::read, random);
    }
  }

  @Test
  void columnsWithoutScalarsAreRefused() {
    assertThatThrownBy(() -> PathValues.of(RandomFilters.SCHEMA, "address"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("expected a scalar, a LIST of scalars, or a field of a struct");
  }

  private ColumnBatch batch(int rowCount) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int row = 0; row < rowCount; row++) {
      rows.add(generator.row());
    }
    return Columns.batch(rows, RandomFilters.COLUMNS.keySet());
  }

  private Map<String, ValueIndex> indexes(ColumnBatch batch, double share) throws IOException {
    Map<String, ValueIndex> indexes = new LinkedHashMap<>();
    Set<String> refused = new LinkedHashSet<>();
    for (String path : RandomFilters.PATHS.keySet()) {
      @Nullable ValueIndex index = null;
      try {
        index = index(path, batch.column(path.split("\\.")[0]));
      } catch (InvalidArgumentException e) {
        refused.add(path);
      }
      if (index != null && random.nextDouble() < share) {
        indexes.put(path, index);
      }
    }
    assertThat(refused).containsExactly("address", "address.place");
    return indexes;
  }

  /** An index as its file gives it. */
  private static ValueIndex index(String path, Column column) throws IOException {
    return (ValueIndex) DamagedFiles.read(bytes(built(path, column)), AttributeFormat::read);
  }

  private static AttributeIndex built(String path, Column column) {
    return AttributeIndexBuilder.build(PathValues.of(RandomFilters.SCHEMA, path), column);
  }

  private static byte[] bytes(AttributeIndex index) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AttributeFormat.write(index, DamagedFiles.SOURCE, out);
    return out.toByteArray();
  }
}
