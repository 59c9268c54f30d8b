"""Whatever message a caller sends to whichever method, it is answered or refused by field, and is no defect."""

import random

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2

METHODS = {
    method.full_name: method
    for file in (router_service_pb2, feedback_service_pb2, admin_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
MESSAGES = 40
"""Of each method: together some 1,500 calls, a second or two."""
INTEGERS = (0, 1, 5, -1, 2**31 - 1, -(2**31))
NUMBERS = (0.0, 0.5, 1.0, -1.0, 1e300, float("nan"), float("inf"), 5e-324)
TEXTS = (
    "", "small", "maths.sum", "e-1", " ", "\n", "\x00", "é" * 130, "x" * 1_001, "{}", "[", '{"a": NaN}', "image/png",
    "https://x", "data:image/png;base64,AA==", "enabled", "*", "preference.dial", "\u202e", "ListModels",
    "always:small",
)  # fmt: skip
BYTES = (b"", b"x", b"x" * 65)
DEPTH = 6


def _message(cls, rng, depth=0):
    """Any message of the class, each field given or left out, often with what its reader expects least."""
    message = cls()
    for field in cls.DESCRIPTOR.fields:
        if depth < DEPTH and rng.random() < 0.6:
            _fill(message, field, rng, depth)
    return message


def _fill(message, field, rng, depth):
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        getattr(message, field.name)[rng.choice(TEXTS)] = _scalar(value, rng)
    elif field.is_repeated:
        for _ in range(rng.randint(0, 3)):
            if field.message_type is None:
                getattr(message, field.name).append(_scalar(field, rng))
            else:
                getattr(message, field.name).append(_message(field.message_type._concrete_class, rng, depth + 1))
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(_message(field.message_type._concrete_class, rng, depth + 1))
    else:
        setattr(message, field.name, _scalar(field, rng))


def _scalar(field, rng):
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return rng.choice(BYTES if field.type == FieldDescriptor.TYPE_BYTES else TEXTS)
        case FieldDescriptor.CPPTYPE_BOOL:
            return rng.random() < 0.5
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return rng.choice(NUMBERS)
        case FieldDescriptor.CPPTYPE_ENUM:
            return rng.randint(0, 12)
        case FieldDescriptor.CPPTYPE_INT64:
            return rng.choice((*INTEGERS, 2**63 - 1, -(2**63)))
        case _:
            return rng.choice(INTEGERS)


async def _ended(call):
    try:
        if isinstance(call, grpc.aio.UnaryStreamCall):
            return [item async for item in call] and grpc.StatusCode.OK
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("name", METHODS)
async def test_any_message_is_answered_or_refused_by_its_fields(served, name):
    """NOT_FOUND where it names what the application does not have; never INTERNAL, never UNKNOWN."""
    method, rng = METHODS[name], random.Random(name)
    stub = {"RouterService": served.router, "FeedbackService": served.feedback, "AdminService": served.admin}
    call = getattr(stub[method.containing_service.name], method.name)
    codes = {await _ended(call(_message(method.input_type._concrete_class, rng))) for _ in range(MESSAGES)}
    assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
