package io.proximadb.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Bytes and texts made wrong in the ways that clients, networks and attackers make them wrong. */
final class Mutations {
  private static final List<String> TOKENS =
      List.of(
          "-1",
          "0",
          "2147483648",
          "-9223372036854775809",
          "99999999999999999999",
          "1e308",
          "1e999",
          "-1e999",
          "1e-400",
          "NaN",
          "Infinity",
          "null",
          "true",
          "\"\"",
          "\"NaN\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "[]",
          "{}",
          "[[]]",
          "[null]",
          "{\"$or\": []}",
          "{\"$not\": {\"year\": {\"$gt\": {}}}}",
          "1 1",
          "\"2026-13-45T99:00:00Z\"",
          "0000-00-00",
          "\u00e9",
          "\"\ud83d\ude00\"");

  private final Random random;

  Mutations(Random random) {
    this.random = random;
  }

  /** One of them. */
  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** A JSON text that is nearly that one. */
  String json(String valid) {
    String text = valid;
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      text =
          switch (random.nextInt(7)) {
            case 0 -> token(text);
            case 1 -> cut(text);
            case 2 -> repeated(text);
            case 3 -> deep(text);
            case 4 -> longer(text);
            case 5 ->
                new String(bytes(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
            default -> renamed(text);
          };
    }
    return text;
  }

  /** Puts another value in the place of one. */
  private String token(String text) {
    int colon = text.indexOf(':', random.nextInt(Math.max(1, text.length())));
    if (colon < 0) {
      return text;
    }
    int end = colon + 1;
    while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return text.substring(0, colon + 1) + one(TOKENS) + text.substring(end);
  }

  private String cut(String text) {
    int from = random.nextInt(text.length() + 1);
    int to = from + random.nextInt(text.length() - from + 1);
    return text.substring(0, from) + text.substring(to);
  }

  private String repeated(String text) {
    int from = random.nextInt(text.length() + 1);
    int to = from + random.nextInt(text.length() - from + 1);
    return text.substring(0, to) + text.substring(from);
  }

  private String deep(String text) {
    int depth = 1 << random.nextInt(12);
    int at = random.nextInt(text.length() + 1);
    String open = random.nextBoolean() ? "[" : "{\"filter\":";
    return text.substring(0, at) + open.repeat(depth) + text.substring(at);
  }

  private String longer(String text) {
    int at = random.nextInt(text.length() + 1);
    String filler = one(List.of(" ", "0", "9", "x", "\"", ",", "1,", "{},", "\u20ac"));
    return text.substring(0, at) + filler.repeat(1 << random.nextInt(14)) + text.substring(at);
  }

  private String renamed(String text) {
    return text.replace(
        one(List.of("vector", "id", "k", "filter", "records", "year", "readAt", "columns")),
        one(List.of("sparse", "_id", "K", "filterJson", "ids", "$and", "minSequence", "@type")));
  }

  /** Bytes that are nearly those. */
  byte[] bytes(byte[] valid) {
    byte[] bytes = valid.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      if (bytes.length == 0) {
        return noise(random.nextInt(32));
      }
      switch (random.nextInt(6)) {
        case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        case 3 -> {
          byte[] more = noise(1 + random.nextInt(16));
          bytes = Arrays.copyOf(bytes, bytes.length + more.length);
          System.arraycopy(more, 0, bytes, bytes.length - more.length, more.length);
        }
        case 4 -> {
          // A length, or a number, of the largest kind.
          int from = random.nextInt(bytes.length);
          Arrays.fill(bytes, from, Math.min(bytes.length, from + 1 + random.nextInt(9)), (byte) -1);
        }
        default -> {
          int from = random.nextInt(bytes.length);
          int to = random.nextInt(bytes.length);
          int length = Math.min(random.nextInt(9), bytes.length - Math.max(from, to));
          System.arraycopy(bytes, from, bytes, to, length);
        }
      }
    }
    return bytes;
  }

  /** Any bytes. */
  byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** True once in so many times. */
  boolean onceIn(int times) {
    return random.nextInt(times) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }
}
