package io.proximadb.server.operations;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.proto.v1.CreateKeyRequest;
import io.proximadb.proto.v1.Done;
import io.proximadb.proto.v1.KeyGrant;
import io.proximadb.proto.v1.KeyInfo;
import io.proximadb.proto.v1.KeyRole;
import io.proximadb.proto.v1.ListKeysRequest;
import io.proximadb.proto.v1.ListKeysResponse;
import io.proximadb.proto.v1.NewKey;
import io.proximadb.proto.v1.RevokeKeyRequest;
import io.proximadb.proto.v1.RotateKeyRequest;
import io.proximadb.proto.v1.StatusRequest;
import io.proximadb.proto.v1.StatusResponse;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.Grant;
import io.proximadb.server.auth.KeyDescription;
import io.proximadb.server.auth.Role;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Operations on the server itself: its state and its keys. */
final class AdministrationOperations {
  private AdministrationOperations() {}

  static void addTo(
      Operations operations, Supplier<StatusResponse> status, Optional<ApiKeys> keys) {
    operations.add(
        "GetStatus",
        Role.READ,
        "how the server does",
        StatusRequest.getDefaultInstance(),
        StatusResponse.getDefaultInstance(),
        (call, request) -> status.get());
    operations.add(
        "CreateKey",
        Role.ADMIN,
        "makes an API key and shows it once",
        CreateKeyRequest.getDefaultInstance(),
        NewKey.getDefaultInstance(),
        (call, request) -> create(call, keys(keys), request));
    operations.add(
        "ListKeys",
        Role.ADMIN,
        "the keys, without their secrets",
        ListKeysRequest.getDefaultInstance(),
        ListKeysResponse.getDefaultInstance(),
        (call, request) ->
            ListKeysResponse.newBuilder()
                .addAllKeys(
                    keys(keys).list().stream().map(AdministrationOperations::toMessage).toList())
                .build());
    operations.add(
        "RotateKey",
        Role.ADMIN,
        "makes a new key in the place of one",
        RotateKeyRequest.getDefaultInstance(),
        NewKey.getDefaultInstance(),
        (call, request) -> rotate(call, keys(keys), request));
    operations.add(
        "RevokeKey",
        Role.ADMIN,
        "ends a key at once",
        RevokeKeyRequest.getDefaultInstance(),
        Done.getDefaultInstance(),
        (call, request) -> {
          ApiKeys of = keys(keys);
          InvalidFieldException.at(
              "name",
              () -> {
                of.revoke(request.getName());
                return true;
              });
          Operations.audit(call, "revoked key", request.getName());
          return Done.getDefaultInstance();
        });
  }

  private static ApiKeys keys(Optional<ApiKeys> keys) {
    return keys.orElseThrow(
        () ->
            new UnavailableException(
                "Cannot manage keys: the server asks for none (expected one that was started"
                    + " without --insecure)"));
  }

  private static NewKey create(Operation.Call call, ApiKeys keys, CreateKeyRequest request) {
    List<Grant> grants = new ArrayList<>();
    for (KeyGrant grant : request.getGrantsList()) {
      grants.add(
          InvalidFieldException.at("grants[" + grants.size() + "]", () -> fromMessage(grant)));
    }
    @Nullable Instant expiry =
        request.hasExpiresAt()
            ? InvalidFieldException.at(
                "expiresAt", () -> RecordMessages.instant(request.getExpiresAt()))
            : null;
    ApiKeys.Created created =
        InvalidFieldException.at(
            grants.isEmpty() ? "grants" : "name",
            () -> keys.create(request.getName(), grants, expiry));
    Operations.audit(call, "created key", request.getName());
    return toMessage(created);
  }

  private static NewKey rotate(Operation.Call call, ApiKeys keys, RotateKeyRequest request) {
    ApiKeys.Created created =
        InvalidFieldException.at(
            "overlapSeconds",
            () -> keys.rotate(request.getName(), Duration.ofSeconds(request.getOverlapSeconds())));
    Operations.audit(call, "rotated key", request.getName());
    return toMessage(created);
  }

  private static Grant fromMessage(KeyGrant message) {
    Role role =
        switch (message.getRole()) {
          case KEY_ROLE_READ -> Role.READ;
          case KEY_ROLE_WRITE -> Role.WRITE;
          case KEY_ROLE_ADMIN -> Role.ADMIN;
          case KEY_ROLE_UNSPECIFIED, UNRECOGNIZED ->
              throw new InvalidArgumentException(
                  "Invalid role: "
                      + message.getRole()
                      + " (expected KEY_ROLE_READ, KEY_ROLE_WRITE or KEY_ROLE_ADMIN)");
        };
    return new Grant(
        message.getNamespace(),
        message.getCollection().isEmpty() ? Grant.ALL : message.getCollection(),
        role);
  }

  private static NewKey toMessage(ApiKeys.Created created) {
    return NewKey.newBuilder()
        .setKey(created.key())
        .setInfo(toMessage(created.description()))
        .build();
  }

  private static KeyInfo toMessage(KeyDescription key) {
    KeyInfo.Builder message =
        KeyInfo.newBuilder()
            .setName(key.name())
            .setCreatedAt(RecordMessages.timestamp(key.createdAt()));
    key.expiresAt().ifPresent(time -> message.setExpiresAt(RecordMessages.timestamp(time)));
    for (Grant grant : key.grants()) {
      message.addGrants(
          KeyGrant.newBuilder()
              .setNamespace(grant.namespace())
              .setCollection(grant.collection())
              .setRole(
                  switch (grant.role()) {
                    case READ -> KeyRole.KEY_ROLE_READ;
                    case WRITE -> KeyRole.KEY_ROLE_WRITE;
                    case ADMIN -> KeyRole.KEY_ROLE_ADMIN;
                  }));
    }
    return message.build();
  }
}
