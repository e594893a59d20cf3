package io.proximadb.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.proximadb.testkit.Seed;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdHashTest {
  @Test
  void hashesLikeAnotherImplementation() {
    Random random = Seed.random("IdHashTest");
    for (int run = 0; run < 50; run++) {
      UUID key = new UUID(random.nextLong(), random.nextLong());
      IdHash hash = IdHash.of(key);
      HashFunction other =
          Hashing.sipHash24(key.getMostSignificantBits(), key.getLeastSignificantBits());
      for (int length = 0; length < 70; length++) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        assertThat(hash.of(bytes)).isEqualTo(other.hashBytes(bytes).asLong());
      }
    }
  }

  @Test
  void keysHoldWhatFilesKnowIdsBy() {
    IdHash hash = IdHash.of(new UUID(1, 2));
    List<String> ids = List.of("a", "", "straße", "日本語");
    IdKeys keys = IdKeys.of(hash, ids);
    assertThat(keys.size()).isEqualTo(4);
    for (int i = 0; i < ids.size(); i++) {
      assertThat(keys.id(i)).isEqualTo(ids.get(i));
      assertThat(keys.hash(i)).isEqualTo(hash.of(ids.get(i)));
    }
  }
}
