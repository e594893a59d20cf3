package io.proximadb.objectstore;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;

/** A server of the S3 protocol in this JVM, which keeps its objects in memory. */
public final class S3Server implements AutoCloseable {
  /** The one bucket there is. */
  public static final String BUCKET = "mirror";

  private static final String KEY = "local-identity";

  /** What nobody may see. */
  public static final String SECRET = "local-credential";

  private final S3Proxy server;

  public S3Server() throws Exception {
    Properties properties = new Properties();
    BlobStore store = BlobStores.create("transient-nio2", properties);
    store.createContainer(BUCKET);
    server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
            .build();
    server.start();
  }

  public int port() {
    return server.getPort();
  }

  /** What a catalog's properties say to use it through a port. */
  public static Map<String, String> properties(int port) {
    Map<String, String> properties = new HashMap<>();
    properties.put("fs.s3a.endpoint", "http://127.0.0.1:" + port);
    properties.put("fs.s3a.endpoint.region", "us-east-1");
    properties.put("fs.s3a.path.style.access", "true");
    properties.put("fs.s3a.connection.ssl.enabled", "false");
    properties.put("fs.s3a.access.key", KEY);
    properties.put("fs.s3a.secret.key", SECRET);
    return properties;
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
