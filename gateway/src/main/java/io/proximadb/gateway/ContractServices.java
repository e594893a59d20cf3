package io.proximadb.gateway;

import com.google.protobuf.Message;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.proximadb.proto.v1.AdministrationServiceGrpc;
import io.proximadb.proto.v1.CollectionsServiceGrpc;
import io.proximadb.proto.v1.RecordsServiceGrpc;
import io.proximadb.proto.v1.SearchServiceGrpc;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.operations.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of the contract, each method bound to the operation of its name. */
final class ContractServices {
  /** Paths of gRPC begin with it. */
  static final String PACKAGE = "proximadb.v1.";

  private static final Logger LOG = LoggerFactory.getLogger(ContractServices.class);

  private ContractServices() {}

  /** What the contract has. */
  static List<ServiceDescriptor> descriptors() {
    return List.of(
        CollectionsServiceGrpc.getServiceDescriptor(),
        RecordsServiceGrpc.getServiceDescriptor(),
        SearchServiceGrpc.getServiceDescriptor(),
        AdministrationServiceGrpc.getServiceDescriptor());
  }

  /**
   * The services over operations.
   *
   * @param threads on which they are done
   */
  static List<ServerServiceDefinition> of(Operations operations, Executor threads) {
    List<ServerServiceDefinition> services = new ArrayList<>();
    for (ServiceDescriptor descriptor : descriptors()) {
      ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor);
      for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
        @SuppressWarnings("unchecked") // the contract's methods take and give messages
        MethodDescriptor<Message, Message> typed = (MethodDescriptor<Message, Message>) method;
        add(service, typed, operations, threads);
      }
      services.add(service.build());
    }
    return services;
  }

  private static void add(
      ServerServiceDefinition.Builder service,
      MethodDescriptor<Message, Message> method,
      Operations operations,
      Executor threads) {
    String name = Objects.requireNonNull(method.getBareMethodName(), "a generated name");
    operations.named(name);
    service.addMethod(
        method,
        ServerCalls.asyncUnaryCall(
            (request, observer) -> {
              // On the event loop: nothing is done here but to find out who calls, and whether
              // there
              // is room.
              Admissions.Admission admission =
                  GateService.admission(ServiceRequestContext.current());
              try {
                admission.work(
                    threads, () -> answer(operations, name, admission.caller(), request, observer));
              } catch (RuntimeException e) {
                observer.onError(RpcErrors.exception(name, e));
              }
            }));
  }

  private static void answer(
      Operations operations,
      String name,
      Caller caller,
      Message request,
      StreamObserver<Message> observer) {
    Message answer;
    try {
      answer = operations.run(name, caller, request);
    } catch (RuntimeException | Error e) {
      // Whatever it is, somebody waits for the answer.
      observer.onError(RpcErrors.exception(name, e));
      return;
    }
    try {
      observer.onNext(answer);
      observer.onCompleted();
    } catch (StatusRuntimeException | IllegalStateException e) {
      LOG.debug("The caller of {} is gone", name, e);
    }
  }
}
