package dev.pointsman;

import com.google.protobuf.Message;
import dev.pointsman.v1.AdminServiceGrpc;
import dev.pointsman.v1.FeedbackServiceGrpc;
import dev.pointsman.v1.RouterServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.MethodDescriptor.ReflectableMarshaller;
import io.grpc.ServiceDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which rpc takes which request: in this contract a request belongs to one. */
final class Methods {
    private static final Map<Class<?>, MethodDescriptor<?, ?>> UNARY = unary();

    private Methods() {}

    /** The rpc of a request that has one response. */
    @SuppressWarnings("unchecked")
    static <Q extends Message> MethodDescriptor<Q, Message> of(Q request) {
        MethodDescriptor<?, ?> method = request == null ? null : UNARY.get(request.getClass());
        if (method == null) {
            throw Errors.invalid(
                    "request",
                    "must be one of the contract's that has one response, for instance ListModelsRequest, not "
                            + (request == null ? "null" : request.getClass().getName()));
        }
        return (MethodDescriptor<Q, Message>) method;
    }

    /** Whether the rpc is one of AdminService, which has an address of its own. */
    static boolean isForOperators(MethodDescriptor<?, ?> method) {
        return AdminServiceGrpc.SERVICE_NAME.equals(method.getServiceName());
    }

    /** Before anything is sent: a response of another class would be of no use after it. */
    static void refuseOtherResponse(Message request, Class<?> response) {
        Class<?> returned = ((ReflectableMarshaller<?>) of(request).getResponseMarshaller()).getMessageClass();
        if (returned != response) {
            throw Errors.invalid("response", "of this request is " + returned.getName() + ", not " + response);
        }
    }

    private static Map<Class<?>, MethodDescriptor<?, ?>> unary() {
        Map<Class<?>, MethodDescriptor<?, ?>> found = new HashMap<>();
        List<ServiceDescriptor> services = List.of(
                RouterServiceGrpc.getServiceDescriptor(),
                FeedbackServiceGrpc.getServiceDescriptor(),
                AdminServiceGrpc.getServiceDescriptor());
        for (ServiceDescriptor service : services) {
            for (MethodDescriptor<?, ?> method : service.getMethods()) {
                if (method.getType() == MethodType.UNARY) {
                    found.put(((ReflectableMarshaller<?>) method.getRequestMarshaller()).getMessageClass(), method);
                }
            }
        }
        return Map.copyOf(found);
    }
}
