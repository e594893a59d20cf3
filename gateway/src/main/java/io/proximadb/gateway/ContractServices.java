package io.proximadb.gateway;

import com.google.protobuf.Message;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import io.proximadb.proto.v1.AdministrationServiceGrpc;
import io.proximadb.proto.v1.CollectionsServiceGrpc;
import io.proximadb.proto.v1.RecordsServiceGrpc;
import io.proximadb.proto.v1.SearchServiceGrpc;
import io.proximadb.server.operations.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The services of the contract, each method bound to the operation of its name. */
final class ContractServices {
  private ContractServices() {}

  /** What the contract has. */
  static List<ServiceDescriptor> descriptors() {
    return List.of(
        CollectionsServiceGrpc.getServiceDescriptor(),
        RecordsServiceGrpc.getServiceDescriptor(),
        SearchServiceGrpc.getServiceDescriptor(),
        AdministrationServiceGrpc.getServiceDescriptor());
  }

  /** The services over operations. */
  static List<ServerServiceDefinition> of(Operations operations) {
    List<ServerServiceDefinition> services = new ArrayList<>();
    for (ServiceDescriptor descriptor : descriptors()) {
      ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor);
      for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
        @SuppressWarnings("unchecked") // the contract's methods take and give messages
        MethodDescriptor<Message, Message> typed = (MethodDescriptor<Message, Message>) method;
        add(service, typed, operations);
      }
      services.add(service.build());
    }
    return services;
  }

  private static void add(
      ServerServiceDefinition.Builder service,
      MethodDescriptor<Message, Message> method,
      Operations operations) {
    String name = Objects.requireNonNull(method.getBareMethodName(), "a generated name");
    operations.named(name);
    service.addMethod(
        method,
        ServerCalls.asyncUnaryCall(
            (request, observer) -> {
              Message answer;
              try {
                answer =
                    operations.run(
                        name, GateService.caller(ServiceRequestContext.current()), request);
              } catch (RuntimeException e) {
                observer.onError(RpcErrors.exception(name, e));
                return;
              }
              observer.onNext(answer);
              observer.onCompleted();
            }));
  }
}
