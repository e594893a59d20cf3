package io.proximadb.env;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps credentials that stand in settings out of messages and logs. */
public final class Secrets {
  /** Parts of names whose values nobody may see; {@code fs.s3a.access.key} is one. */
  private static final Pattern SECRET_NAME =
      Pattern.compile("secret|password|token|credential|private|\\bsas\\b|[._-]key\\b|^key$");

  /** Settings that have such a part and are harmless: they say where or how, not what. */
  private static final Pattern HARMLESS_NAME =
      Pattern.compile("provider|\\.path$|\\.file$|-file$|\\.endpoint$|\\.uri$|-uri$|enabled$");

  /** A user's part of a URI, and a password among the parameters of one. */
  private static final Pattern SECRET_IN_URI =
      Pattern.compile("//[^/@:?]*:([^/@?]+)@|[?&;](?:password|secret|token)=([^&;]+)");

  private static final String HIDDEN = "***";

  /** A value so short stands in texts by chance. */
  private static final int MIN_VALUE_CHARS = 4;

  private final List<String> values;

  private Secrets(List<String> values) {
    this.values = values;
  }

  /** The secrets that these settings hold. */
  public static Secrets of(Map<String, String> settings) {
    List<String> values = new ArrayList<>();
    settings.forEach(
        (name, value) -> {
          if (isSecret(name)) {
            values.add(value);
          }
          Matcher matcher = SECRET_IN_URI.matcher(value);
          while (matcher.find()) {
            values.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
          }
        });
    values.removeIf(value -> value.length() < MIN_VALUE_CHARS);
    values.sort(Comparator.comparingInt(String::length).reversed());
    return new Secrets(values);
  }

  /** True if the value of a setting of that name must not be shown. */
  public static boolean isSecret(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return SECRET_NAME.matcher(lower).find() && !HARMLESS_NAME.matcher(lower).find();
  }

  /** The settings with secrets replaced by asterisks, in the order of their names. */
  public static Map<String, String> hide(Map<String, String> settings) {
    Secrets secrets = of(settings);
    Map<String, String> shown = new TreeMap<>();
    settings.forEach(
        (name, value) -> shown.put(name, isSecret(name) ? HIDDEN : secrets.hide(value)));
    return shown;
  }

  /** True if a text shows one of the secrets. */
  public boolean isIn(String text) {
    return values.stream().anyMatch(text::contains);
  }

  /** The text with asterisks for each secret. */
  public String hide(String text) {
    String hidden = text;
    for (String value : values) {
      hidden = hidden.replace(value, HIDDEN);
    }
    return hidden;
  }

  /** True if the message of a failure, or of what caused it, shows one of the secrets. */
  public boolean isIn(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && isIn(cause.getMessage())) {
        return true;
      }
    }
    return false;
  }
}
