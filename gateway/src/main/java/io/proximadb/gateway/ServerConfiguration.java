package io.proximadb.gateway;

import io.proximadb.env.Secrets;
import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * A server's settings from three places: what stands on the command line counts, else what stands
 * in the environment, else what stands in the configuration file.
 *
 * <p>A setting has one name in all three: {@code --gateway-port}, {@code PROXIMADB_GATEWAY_PORT},
 * {@code gateway-port=}. Those of the catalog are {@code --catalog-property KEY=VALUE} and {@code
 * catalog-property.KEY=VALUE}.
 */
final class ServerConfiguration {
  /** Before a setting's name in the environment. */
  static final String PREFIX = "PROXIMADB_";

  private static final String CATALOG = "catalog-property";

  /** What says where settings are, or what to do, and is none itself. */
  private static final Set<String> OTHERS = Set.of("config", "print-config", "help", "version");

  /**
   * One setting.
   *
   * @param value as text
   * @param origin where it stands
   */
  private record Setting(String value, String origin) {}

  private final Map<String, Setting> settings = new TreeMap<>();
  private final Map<String, String> catalog = new TreeMap<>();

  private ServerConfiguration() {}

  /**
   * Puts the places together.
   *
   * @throws InvalidArgumentException if the file cannot be read, or has settings that there are not
   */
  static ServerConfiguration of(
      ParseResult given, @Nullable Path file, Map<String, String> environment) {
    ServerConfiguration configuration = new ServerConfiguration();
    Map<String, OptionSpec> options = new TreeMap<>();
    for (OptionSpec option : given.commandSpec().options()) {
      String name = option.longestName().replaceFirst("^-+", "");
      if (!OTHERS.contains(name)) {
        options.put(name, option);
      }
    }
    if (file != null) {
      configuration.readFile(file, options.keySet());
    }
    for (String name : options.keySet()) {
      String value = environment.get(PREFIX + name.replace('-', '_').toUpperCase(Locale.ROOT));
      if (value != null && !name.equals(CATALOG)) {
        configuration.settings.put(name, new Setting(value, "environment"));
      }
    }
    options.forEach(
        (name, option) -> {
          if (given.hasMatchedOption(option)) {
            configuration.commandLine(name, given.matchedOption(option.longestName()));
          }
        });
    return configuration;
  }

  private void readFile(Path file, Set<String> known) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidArgumentException(
          "Cannot read configuration file '" + file + "': " + e.getMessage(), e);
    }
    for (String name : new TreeSet<>(properties.stringPropertyNames())) {
      String value = properties.getProperty(name).strip();
      if (name.startsWith(CATALOG + ".")) {
        catalog.put(name.substring(CATALOG.length() + 1), value);
      } else if (known.contains(name) && !name.equals(CATALOG)) {
        settings.put(name, new Setting(value, file.toString()));
      } else {
        throw new InvalidArgumentException(
            "Invalid setting in '" + file + "': '" + name + "' (expected one of " + known + ")");
      }
    }
  }

  private void commandLine(String name, OptionSpec option) {
    for (String value : option.originalStringValues()) {
      int equals = value.indexOf('=');
      if (name.equals(CATALOG) && equals > 0) {
        catalog.put(value.substring(0, equals), value.substring(equals + 1));
      } else {
        settings.put(name, new Setting(value, "command line"));
      }
    }
  }

  /** The command line that says the same. */
  String[] arguments() {
    List<String> arguments = new ArrayList<>();
    settings.forEach((name, setting) -> arguments.add("--" + name + "=" + setting.value()));
    catalog.forEach((key, value) -> arguments.add("--" + CATALOG + "=" + key + "=" + value));
    return arguments.toArray(String[]::new);
  }

  /** The same as a configuration file that says where each setting comes from, without secrets. */
  String print() {
    StringBuilder text = new StringBuilder();
    settings.forEach(
        (name, setting) ->
            text.append("# ")
                .append(setting.origin())
                .append('\n')
                .append(name)
                .append('=')
                .append(setting.value())
                .append('\n'));
    new TreeMap<>(Secrets.hide(catalog))
        .forEach(
            (key, value) ->
                text.append(CATALOG)
                    .append('.')
                    .append(key)
                    .append('=')
                    .append(value)
                    .append('\n'));
    return text.toString();
  }
}
