"""Reflection in both versions, by calls that know no stubs, as grpcurl, ghz and Postman make them."""

import time

import grpc
import pytest
from google.protobuf import descriptor_database, descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2
from pointsman import v1

VERSIONS = ("grpc.reflection.v1", "grpc.reflection.v1alpha")


@pytest.fixture(params=VERSIONS)
def ask(served, request):
    """Sends one ServerReflectionRequest; the answer. Both versions have the same bytes."""

    async def ask(**asked):
        call = served.channel.stream_stream(
            f"/{request.param}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )(iter([reflection_pb2.ServerReflectionRequest(**asked)]))
        return await call.read()

    return ask


def files_of(answer):
    """The files of an answer, the asked one first."""
    packed = answer.file_descriptor_response.file_descriptor_proto
    return [descriptor_pb2.FileDescriptorProto.FromString(data) for data in packed]


async def test_it_lists_the_services(ask):
    """So that grpcurl finds them without the protos."""
    answer = await ask(list_services="")
    assert {s.name for s in answer.list_services_response.service} == {
        "pointsman.v1.RouterService",
        "pointsman.v1.FeedbackService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }


@pytest.mark.parametrize(
    ("symbol", "file"),
    [
        ("pointsman.v1.RouterService", "pointsman/v1/router_service.proto"),
        ("pointsman.v1.RouterService.Route", "pointsman/v1/router_service.proto"),
        ("pointsman.v1.Query", "pointsman/v1/query.proto"),
        ("pointsman.v1.Query.messages", "pointsman/v1/query.proto"),
        ("pointsman.v1.Thumb.THUMB_UP", "pointsman/v1/feedback.proto"),
        ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc_health/v1/health.proto"),
        ("grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING", "grpc_health/v1/health.proto"),
        ("grpc.reflection.v1.ServerReflection.ServerReflectionInfo", "grpc_reflection/v1/reflection.proto"),
    ],
)
async def test_every_symbol_leads_to_its_file(ask, symbol, file):
    """Methods and values of nested enums too."""
    assert files_of(await ask(file_containing_symbol=symbol))[0].name.endswith(file)


@pytest.mark.parametrize(
    "symbol", ["pointsman.v1.RouterService.Guess", "pointsman.v1.Thumb.THUMB_SIDEWAYS", "pointsman.v1", "nowhere", ""]
)
async def test_a_symbol_that_is_nowhere_is_not_found(ask, symbol):
    """A parent that exists does not answer for a child that does not."""
    answer = await ask(file_containing_symbol=symbol)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


async def test_files_and_extensions_are_found_as_the_protocol_has_it(ask):
    """By path; and there are no extensions of ours."""
    assert files_of(await ask(file_by_filename="pointsman/v1/query.proto"))[0].package == "pointsman.v1"
    numbers = await ask(all_extension_numbers_of_type="pointsman.v1.Query")
    assert list(numbers.all_extension_numbers_response.extension_number) == []
    wanted = reflection_pb2.ExtensionRequest(containing_type="pointsman.v1.Query", extension_number=7)
    missing = await ask(file_containing_extension=wanted)
    assert missing.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


async def test_a_call_can_be_made_from_what_reflection_tells(ask, served):
    """Into a fresh pool, then a dynamic message, then a decision."""
    told = descriptor_database.DescriptorDatabase()
    for file in files_of(await ask(file_containing_symbol="pointsman.v1.RouterService.Route")):
        told.Add(file)
    pool = descriptor_pool.DescriptorPool(told)
    method = pool.FindServiceByName("pointsman.v1.RouterService").methods_by_name["Route"]
    asked = message_factory.GetMessageClass(method.input_type)()
    asked.query.messages.add(role=v1.ROLE_USER, content="2 + 2?")
    answered = message_factory.GetMessageClass(method.output_type)
    call = served.channel.unary_unary(
        "/pointsman.v1.RouterService/Route",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=answered.FromString,
    )
    assert (await call(asked)).episode_id == "e-1"


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_open_reflection_stream_does_not_hold_a_stop(served, version):
    """Tools keep it open while they are."""
    call = served.channel.stream_stream(f"/{version}.ServerReflection/ServerReflectionInfo")()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString())
    assert await call.read()
    started = time.monotonic()
    await served.server.stop(30)
    assert time.monotonic() - started < 30
    assert await call.read() == grpc.aio.EOF
