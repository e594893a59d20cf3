package io.proximadb.bench.storage;

import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.Warehouse;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;

/** A server of the S3 protocol in this JVM, with its objects in a local folder. */
final class S3Server implements Closeable {
  private static final String BUCKET = "bench";
  private static final String KEY = "local-identity";
  private static final String SECRET = "local-credential";

  private final S3Proxy server;

  private S3Server(S3Proxy server) {
    this.server = server;
  }

  static S3Server start(Path folder) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("jclouds.filesystem.basedir", folder.toString());
    try {
      BlobStore store = BlobStores.create("filesystem-nio2", properties);
      store.createContainer(BUCKET);
      S3Proxy server =
          S3Proxy.builder()
              .blobStore(store)
              .endpoint(URI.create("http://127.0.0.1:0"))
              .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
              .build();
      server.start();
      return new S3Server(server);
    } catch (Exception e) {
      throw new IOException("Cannot start a server of the S3 protocol", e);
    }
  }

  /** An engine over a warehouse in it, not maintained, with its catalog and home in a folder. */
  EngineOptions options(String warehouse, Path folder, String home) {
    Map<String, String> properties = new HashMap<>();
    properties.put(Warehouse.WAREHOUSE, "s3a://" + BUCKET + "/" + warehouse);
    properties.put(Warehouse.CATALOG_FILE, folder.resolve("catalog.db").toString());
    properties.put("fs.s3a.endpoint", "http://127.0.0.1:" + server.getPort());
    properties.put("fs.s3a.endpoint.region", "us-east-1");
    properties.put("fs.s3a.path.style.access", "true");
    properties.put("fs.s3a.connection.ssl.enabled", "false");
    properties.put("fs.s3a.access.key", KEY);
    properties.put("fs.s3a.secret.key", SECRET);
    properties.put("proximadb.maintenance.threads", "0");
    return EngineOptions.of(properties).withHome(folder.resolve(home));
  }

  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("Cannot stop the server of the S3 protocol", e);
    }
  }
}
