package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.error.InvalidArgumentException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path folder;

  @Test
  void clientsThatTrustTheCertificateTalkAndOthersDoNot() throws Exception {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    makeCertificate("server", certificate, key);
    ServerOptions options =
        ServerOptions.secured(folder.resolve("keys.json")).withTls(certificate, key);
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(folder.resolve("w")));
        RunningServer server = RunningServer.start(EngineAccess.of(engine), options)) {
      String apiKey = server.server().newAdminKey().orElseThrow();
      try (InputStream trusted = Files.newInputStream(certificate);
          ProximaFlightClient client =
              ProximaFlightClient.connect(server.server().location(), apiKey, trusted)) {
        client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
        assertThat(client.list()).containsExactly(Samples.DOCS);
      }
      try (ProximaFlightClient stranger = server.client(apiKey)) {
        assertThatThrownBy(stranger::list).isInstanceOf(FlightRuntimeException.class);
      }
      try (ProximaFlightClient clear =
          ProximaFlightClient.connect("127.0.0.1", server.server().port(), apiKey)) {
        assertThatThrownBy(clear::list).isInstanceOf(FlightRuntimeException.class);
      }
    }
  }

  @Test
  void clientsProveByCertificatesWhoTheyAreWhereTheServerAsks() throws Exception {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    makeCertificate("server", certificate, key);
    Path known = folder.resolve("known.pem");
    Path knownKey = folder.resolve("known-key.pem");
    makeCertificate("known", known, knownKey);
    Path other = folder.resolve("other.pem");
    Path otherKey = folder.resolve("other-key.pem");
    makeCertificate("other", other, otherKey);
    ServerOptions options =
        ServerOptions.secured(folder.resolve("keys.json")).withTls(certificate, key, known);
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(folder.resolve("w")));
        RunningServer server = RunningServer.start(EngineAccess.of(engine), options)) {
      String apiKey = server.server().newAdminKey().orElseThrow();
      try (ProximaFlightClient client = connect(server, apiKey, certificate, known, knownKey)) {
        client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
        assertThat(client.list()).containsExactly(Samples.DOCS);
      }
      // A certificate does not stand for a key, nor a key for a certificate.
      try (ProximaFlightClient client = connect(server, null, certificate, known, knownKey)) {
        assertThatThrownBy(client::list)
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED));
      }
      try (ProximaFlightClient client = connect(server, apiKey, certificate, other, otherKey)) {
        assertThatThrownBy(client::list)
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE));
      }
      try (InputStream trusted = Files.newInputStream(certificate);
          ProximaFlightClient client =
              ProximaFlightClient.connect(server.server().location(), apiKey, trusted)) {
        assertThatThrownBy(client::list)
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE));
      }
    }
  }

  private static ProximaFlightClient connect(
      RunningServer server, String apiKey, Path trusted, Path certificate, Path key)
      throws Exception {
    try (InputStream authorities = Files.newInputStream(trusted);
        InputStream own = Files.newInputStream(certificate);
        InputStream ownKey = Files.newInputStream(key)) {
      return ProximaFlightClient.connect(
          server.server().location(), apiKey, authorities, own, ownKey);
    }
  }

  @Test
  void certificatesThatCannotBeReadAreTold() {
    ServerOptions options =
        ServerOptions.insecure().withTls(folder.resolve("none.pem"), folder.resolve("none.key"));
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(folder.resolve("w")))) {
      assertThatThrownBy(() -> ProximaFlightServer.start(EngineAccess.of(engine), options))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("none.pem");
    }
  }

  private void makeCertificate(String name, Path certificate, Path key) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(keytool.exitValue()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    pem(certificate, "CERTIFICATE", keys.getCertificate("server").getEncoded());
    pem(key, "PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
  }

  private static void pem(Path file, String kind, byte[] content) throws Exception {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    Files.writeString(
        file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }
}
