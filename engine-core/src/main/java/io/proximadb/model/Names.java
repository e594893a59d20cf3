package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one rule for names of namespaces, collections and fields. */
final class Names {
  private static final String RULE = "[A-Za-z][A-Za-z0-9_]{0,127}";
  private static final Pattern PATTERN = Pattern.compile(RULE);

  private Names() {}

  static boolean isValid(String name) {
    return PATTERN.matcher(name).matches();
  }

  static String check(String what, @Nullable String name) {
    if (name == null || !isValid(name)) {
      throw new InvalidArgumentException(
          "Invalid " + what + " name: '" + name + "' (expected " + RULE + ")");
    }
    return name;
  }
}
