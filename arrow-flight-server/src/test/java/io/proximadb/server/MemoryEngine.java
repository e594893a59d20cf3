package io.proximadb.server;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionInfo;
import io.proximadb.api.FlushResult;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.WriteResult;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.server.flight.EngineAccess;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Collections in maps: an engine for tests of the server alone. Filters are not looked at. */
public class MemoryEngine implements EngineAccess {
  private final Map<CollectionName, Collection> collections = new ConcurrentHashMap<>();

  @Override
  public Collection createCollection(CollectionName name, CollectionSchema schema) {
    Collection created = new MemoryCollection(name, schema);
    if (collections.putIfAbsent(name, created) != null) {
      throw new AlreadyExistsException("Cannot create collection " + name + ": it exists");
    }
    return created;
  }

  @Override
  public Collection collection(CollectionName name) {
    Collection collection = collections.get(name);
    if (collection == null) {
      throw new NotFoundException("Cannot open collection " + name + ": there is none");
    }
    return collection;
  }

  @Override
  public List<String> listNamespaces() {
    return collections.keySet().stream().map(CollectionName::namespace).distinct().toList();
  }

  @Override
  public List<CollectionName> listCollections(String namespace) {
    return collections.keySet().stream().filter(n -> n.namespace().equals(namespace)).toList();
  }

  @Override
  public boolean dropCollection(CollectionName name) {
    return collections.remove(name) != null;
  }

  /** Records by id. */
  public static class MemoryCollection implements Collection {
    private final CollectionName name;
    private final CollectionSchema schema;
    private final UUID uuid = UUID.randomUUID();
    private final Map<String, VectorRecord> records = new TreeMap<>();
    private long sequence;

    public MemoryCollection(CollectionName name, CollectionSchema schema) {
      this.name = name;
      this.schema = schema;
    }

    @Override
    public CollectionName name() {
      return name;
    }

    @Override
    public synchronized CollectionInfo describe() {
      return new CollectionInfo(
          name,
          uuid,
          schema,
          "memory:" + name,
          OptionalLong.empty(),
          0,
          0,
          0,
          records.size(),
          Map.of("kind", "memory"));
    }

    @Override
    public synchronized WriteResult insert(List<VectorRecord> added) {
      for (VectorRecord record : added) {
        if (records.containsKey(record.id())) {
          throw new AlreadyExistsException("Cannot insert record '" + record.id() + "': exists");
        }
      }
      return upsert(added);
    }

    @Override
    public synchronized WriteResult upsert(List<VectorRecord> added) {
      if (added.isEmpty() || added.size() > MAX_WRITE_RECORDS) {
        throw new InvalidArgumentException("Invalid number of records: " + added.size());
      }
      RecordValidator validator = new RecordValidator(schema);
      Set<String> ids = new HashSet<>();
      for (VectorRecord record : added) {
        validator.toRow(record, 0, 0);
        if (!ids.add(record.id())) {
          throw new AlreadyExistsException("Cannot write '" + record.id() + "': stands twice");
        }
      }
      added.forEach(record -> records.put(record.id(), record));
      sequence += added.size();
      return new WriteResult(added.size(), sequence);
    }

    @Override
    public synchronized WriteResult delete(List<String> ids) {
      ids.forEach(RecordValidator::checkId);
      ids.forEach(records::remove);
      sequence += ids.size();
      return new WriteResult(ids.size(), sequence);
    }

    @Override
    public Optional<StoredRecord> get(String id) {
      return get(List.of(id)).stream().findFirst();
    }

    @Override
    public synchronized List<StoredRecord> get(List<String> ids) {
      return ids.stream()
          .filter(records::containsKey)
          .map(id -> new StoredRecord(records.get(id), 1, Instant.EPOCH))
          .toList();
    }

    @Override
    public synchronized ScanResult scan(ScanRequest request) {
      throw new UnsupportedOperationException("the memory engine does not scan");
    }

    @Override
    public synchronized SearchResponse search(SearchRequest request) {
      RecordValidator.checkVector(schema.defaultVectorField(), request.vector(), "query");
      List<SearchHit> hits = new ArrayList<>();
      for (VectorRecord record : records.values()) {
        float[] vector = record.vectors().get(schema.defaultVectorField().name());
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
          sum += Math.pow(vector[i] - request.vector()[i], 2);
        }
        hits.add(
            new SearchHit(record.id(), Math.sqrt(sum), new LinkedHashMap<>(record.metadata())));
      }
      hits.sort(Comparator.comparingDouble(SearchHit::distance));
      return new SearchResponse(
          hits.subList(0, Math.min(request.k(), hits.size())),
          OptionalLong.empty(),
          sequence,
          records.size(),
          0,
          OptionalDouble.of(1),
          "exact: memory");
    }

    @Override
    public FlushResult flush() {
      return new FlushResult(0, 0, OptionalLong.empty());
    }

    @Override
    public void refresh() {}
  }
}
