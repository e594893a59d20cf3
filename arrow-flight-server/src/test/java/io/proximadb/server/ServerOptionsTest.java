package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerOptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "10.1.2.3", "192.0.2.1"})
  void withoutKeysOnlyLoopbackIsListenedOn(String host) {
    assertThatThrownBy(() -> ServerOptions.insecure().listeningOn(host, 0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(
            "Invalid host of a server without API keys: '"
                + host
                + "' (expected a loopback address; drop --insecure to listen elsewhere)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
  void loopbackIsLoopbackByAnyName(String host) {
    assertThat(ServerOptions.insecure().listeningOn(host, 0).host()).isEqualTo(host);
  }

  @Test
  void withKeysAnyAddressIsListenedOn() {
    ServerOptions options = ServerOptions.secured(Path.of("keys.json"));
    assertThat(options.isLoopback()).isTrue();
    assertThat(options.listeningOn("0.0.0.0", 0).isLoopback()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void portsOutOfRangeAreRefused(int port) {
    assertThatThrownBy(() -> ServerOptions.insecure().listeningOn("127.0.0.1", port))
        .hasMessage("Invalid port: " + port + " (expected 0 to 65535)");
  }

  @Test
  void hostsThatAreNoneAreRefused() {
    assertThatThrownBy(() -> ServerOptions.insecure().listeningOn("no such host!", 1))
        .hasMessageStartingWith("Invalid host: 'no such host!'");
  }
}
