package io.proximadb.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentCacheTest {
  private static final int MAX_FILES = 2;

  @TempDir Path folder;

  @Test
  void filesStayOpenUntilOthersNeedTheRoom() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionName name = CollectionName.parse("docs");
      warehouse.create(name, Records.schema(), Map.of());
      CollectionTable table = warehouse.load(name);
      for (int i = 0; i < 4; i++) {
        Tables.upsert(table, List.of(Records.of("r" + i, i)));
      }
      table.refresh();
      List<LiveFile> files = table.liveFiles();
      SegmentCache cache = new SegmentCache(MAX_FILES, new IndexMemory(1 << 20));
      List<SegmentHandle> held = new ArrayList<>();
      for (LiveFile file : files) {
        held.add(cache.acquire(table.context(), file.dataFile()));
      }
      assertThat(cache.size()).isEqualTo(MAX_FILES);
      // Those that had to go are open for who still has them.
      assertThat(held).allSatisfy(handle -> assertThat(handle.reader().id(0)).startsWith("r"));
      SegmentHandle last = held.get(held.size() - 1);
      SegmentHandle again = cache.acquire(table.context(), files.get(files.size() - 1).dataFile());
      assertThat(again).isSameAs(last);
      again.release();
      held.forEach(SegmentHandle::release);
      assertThat(held.get(0).isFreed()).isTrue();
      assertThat(last.isFreed()).isFalse();
      SegmentHandle first = cache.acquire(table.context(), files.get(0).dataFile());
      assertThat(first).isNotSameAs(held.get(0));
      first.release();
      // A read of whole files leaves open what is, and closes what it opened where there is no
      // room.
      SegmentHandle scanned = cache.acquireForScan(table.context(), files.get(1).dataFile());
      assertThat(scanned.reader().id(0)).startsWith("r");
      scanned.release();
      assertThat(scanned.isFreed()).isTrue();
      SegmentHandle open = cache.acquireForScan(table.context(), files.get(0).dataFile());
      assertThat(open).isSameAs(first);
      open.release();
      assertThat(first.isFreed()).isFalse();
    }
  }
}
