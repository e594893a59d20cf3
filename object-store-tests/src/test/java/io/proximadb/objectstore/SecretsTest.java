package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Secrets;
import io.proximadb.model.CollectionName;
import io.proximadb.objectstore.FaultProxy.Fault;
import io.proximadb.testkit.Records;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials are in no message, no log line and no file. */
class SecretsTest {
  private static final String PASSWORD = "hunter-two-and-a-half";

  @TempDir Path temp;

  private final StringWriter seen = new StringWriter();

  private Map<String, String> catalog(int port) {
    Map<String, String> properties = new HashMap<>(S3Server.properties(port));
    properties.put(Warehouse.WAREHOUSE, "s3a://" + S3Server.BUCKET + "/secrets");
    properties.put(Warehouse.CATALOG_FILE, temp.resolve("catalog.db").toString());
    properties.put("fs.s3a.attempts.maximum", "1");
    properties.put("fs.s3a.retry.limit", "0");
    properties.put("fs.s3a.retry.throttle.limit", "0");
    return properties;
  }

  private EngineOptions options(int port) {
    return EngineOptions.of(catalog(port)).withHome(temp.resolve("home"));
  }

  /** Notes all that a failure says. */
  private void failure(String what, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).as(what).isNotNull();
    thrown.printStackTrace(new PrintWriter(seen, true));
  }

  @Test
  void noMessageAndNoFileHasTheSecretKey() throws Exception {
    PrintStream usual = System.err;
    ByteArrayOutputStream logged = new ByteArrayOutputStream();
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    try (S3Server server = new S3Server();
        FaultProxy proxy = new FaultProxy(server.port())) {
      seen.append(options(proxy.port()).toString());
      try (ProximaEngine engine = ProximaEngine.open(options(proxy.port()))) {
        CollectionName name = CollectionName.parse("docs");
        Collection docs = engine.createCollection(name, Records.schema());
        docs.upsert(List.of(Records.of("a", 1)));
        // Not what is read: Iceberg tries that for a minute and more.
        proxy.set((method, path) -> method.equals("PUT") ? Fault.ERROR : Fault.NONE);
        failure("a flush", docs::flush);
        failure(
            "a collection",
            () -> engine.createCollection(CollectionName.parse("b"), Records.schema()));
        proxy.refuse();
        failure("without a store", docs::flush);
        proxy.accept();
        proxy.set((method, path) -> Fault.NONE);
        docs.flush();
      }
      Map<String, String> wrong = catalog(proxy.port());
      wrong.put("fs.s3a.secret.key", PASSWORD);
      try (Warehouse warehouse = Warehouse.open(wrong)) {
        failure(
            "a wrong key",
            () -> warehouse.create(CollectionName.parse("c"), Records.schema(), Map.of()));
      }
    } finally {
      System.setErr(usual);
    }
    assertThat(seen.toString() + logged.toString(StandardCharsets.UTF_8))
        .contains("EngineOptions[catalog=")
        .doesNotContain(S3Server.SECRET)
        .doesNotContain(PASSWORD);
    try (Stream<Path> files = Files.walk(temp)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(S3Server.SECRET);
      }
    }
  }

  @Test
  void noMessageHasThePasswordOfACatalog() {
    failure(
        "a catalog that cannot be reached",
        () ->
            Warehouse.open(
                Map.of(
                    "type",
                    "jdbc",
                    "uri",
                    "jdbc:sqlite:/no/such/folder/db?password=" + PASSWORD,
                    "jdbc.password",
                    PASSWORD,
                    "warehouse",
                    temp.toString())));
    failure(
        "a location with credentials",
        () ->
            Warehouse.open(
                Map.of(
                    "warehouse",
                    "s3a://key:" + PASSWORD + "@bucket/path",
                    Warehouse.CATALOG_FILE,
                    temp.resolve("c.db").toString())));
    assertThat(seen.toString())
        .contains("Cannot open the catalog", "the location has credentials")
        .doesNotContain(PASSWORD);
  }

  @Test
  void whatIsSecretIsToldByItsName() {
    for (String name :
        List.of(
            "fs.s3a.secret.key",
            "fs.s3a.access.key",
            "fs.s3a.session.token",
            "fs.azure.account.key.account.dfs.core.windows.net",
            "fs.azure.account.oauth2.client.secret",
            "fs.azure.sas.fixed.token",
            "fs.gs.auth.service.account.private.key",
            "credential",
            "token",
            "jdbc.password")) {
      assertThat(Secrets.isSecret(name)).as(name).isTrue();
    }
    for (String name :
        List.of(
            "warehouse",
            "uri",
            "fs.s3a.endpoint",
            "fs.s3a.aws.credentials.provider",
            "fs.gs.auth.service.account.json.keyfile.path")) {
      assertThat(Secrets.isSecret(name)).as(name).isFalse();
    }
    assertThat(Secrets.hide(Map.of("uri", "jdbc:postgresql://u:" + PASSWORD + "@host/db")))
        .containsEntry("uri", "jdbc:postgresql://u:***@host/db");
  }
}
