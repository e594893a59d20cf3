package io.proximadb.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds the layers of engine-core that ARCHITECTURE.md draws: dependencies point down. */
@AnalyzeClasses(packages = "io.proximadb", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("root")
          .definedBy("io.proximadb")
          .layer("core")
          .definedBy("io.proximadb.core..")
          .layer("axis")
          .definedBy("io.proximadb.axis..")
          .layer("query")
          .definedBy("io.proximadb.query..")
          .layer("maintenance")
          .definedBy("io.proximadb.maintenance..")
          .layer("layouts and indexes")
          .definedBy(
              "io.proximadb.storage.viper..",
              "io.proximadb.storage.lsm..",
              "io.proximadb.storage.foreign..",
              "io.proximadb.index.approximate..",
              "io.proximadb.index.flat..",
              "io.proximadb.index.hnsw..",
              "io.proximadb.index.ivf..",
              "io.proximadb.index.sparse..",
              "io.proximadb.index.attribute..",
              "io.proximadb.index.form..")
          .layer("index")
          .definedBy("io.proximadb.index")
          .layer("mvcc")
          .definedBy("io.proximadb.mvcc..")
          .layer("memtable")
          .definedBy("io.proximadb.memtable..")
          .layer("wal")
          .definedBy("io.proximadb.wal..")
          .layer("catalog")
          .definedBy("io.proximadb.catalog..")
          .layer("storage")
          .definedBy(
              "io.proximadb.storage",
              "io.proximadb.storage.ids..",
              "io.proximadb.storage.records..")
          .layer("clusters")
          .definedBy("io.proximadb.storage.clusters..")
          .layer("api")
          .definedBy("io.proximadb.api..")
          .layer("vector")
          .definedBy("io.proximadb.vector..")
          .layer("filter")
          .definedBy("io.proximadb.filter..")
          .layer("io")
          .definedBy("io.proximadb.io..")
          .whereLayer("root")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("core")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("axis")
          .mayOnlyBeAccessedByLayers("core")
          .whereLayer("query")
          .mayOnlyBeAccessedByLayers("core")
          .whereLayer("maintenance")
          .mayOnlyBeAccessedByLayers("root", "core")
          .whereLayer("layouts and indexes")
          .mayOnlyBeAccessedByLayers("core", "query")
          .whereLayer("index")
          .mayOnlyBeAccessedByLayers(
              "core", "axis", "query", "maintenance", "layouts and indexes", "mvcc", "catalog")
          .whereLayer("mvcc")
          .mayOnlyBeAccessedByLayers("core", "axis", "query", "maintenance")
          .whereLayer("memtable")
          .mayOnlyBeAccessedByLayers("core", "axis", "query", "mvcc")
          // The root shows what the log did and found.
          .whereLayer("wal")
          .mayOnlyBeAccessedByLayers("root", "core")
          .whereLayer("catalog")
          .mayOnlyBeAccessedByLayers("core", "query", "maintenance", "mvcc")
          .whereLayer("storage")
          .mayOnlyBeAccessedByLayers(
              "core",
              "axis",
              "query",
              "maintenance",
              "layouts and indexes",
              "clusters",
              "index",
              "mvcc",
              "catalog")
          .whereLayer("clusters")
          .mayOnlyBeAccessedByLayers("core", "query", "maintenance", "layouts and indexes")
          .whereLayer("api")
          .mayOnlyBeAccessedByLayers("root", "core", "axis", "query", "maintenance")
          .whereLayer("vector")
          .mayOnlyBeAccessedByLayers(
              "core", "axis", "query", "maintenance", "layouts and indexes", "clusters", "index")
          .whereLayer("filter")
          .mayOnlyBeAccessedByLayers(
              "core", "axis", "query", "layouts and indexes", "index", "mvcc", "api")
          .whereLayer("io")
          .mayOnlyBeAccessedByLayers(
              "core",
              "query",
              "maintenance",
              "layouts and indexes",
              "clusters",
              "index",
              "catalog",
              "storage",
              "wal");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.proximadb.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule INCUBATOR_IN_ONE_PACKAGE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.proximadb.vector.internal.panama..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator..");

  @ArchTest
  static final ArchRule NO_PLATFORM =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..", "org.apache.flink..", "org.apache.arrow..", "io.grpc..");

  /** Hadoop is loaded by name when a location needs it, and is no dependency otherwise. */
  @ArchTest
  static final ArchRule HADOOP_IN_TWO_PACKAGES =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.proximadb.wal.mirror.hadoop..", "io.proximadb.io.hadoop..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.hadoop..",
              "io.proximadb.wal.mirror.hadoop..",
              "io.proximadb.io.hadoop..");

  @ArchTest
  static final ArchRule FAULTS_GO_THROUGH_THE_DISK =
      noClasses()
          .that()
          .resideInAPackage("io.proximadb.storage..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.nio.file.Files");
}
