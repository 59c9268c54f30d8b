"""Messages of the contract as JSON types: one form for all commands."""

from google.protobuf.descriptor import Descriptor
from pointsman import v1
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2
from pointsman_service.cli.messages import plain, time_of, value_of, word_of


def messages(descriptor, seen):
    """A message and all below it."""
    if isinstance(descriptor, Descriptor) and descriptor.full_name not in seen:
        seen[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            messages(field.message_type, seen)
    return seen


def test_what_is_absent_is_null_and_what_is_told_as_0_is_0():
    """Presence is the contract's promise."""
    found = plain(v1.ModelPrediction(model="m", quality=0.0))
    assert found == {
        "model": "m", "quality": 0.0, "quality_sd": None, "cost_usd": None, "latency_ms": None, "propensity": None,
    }  # fmt: skip


def test_parts_carry_bytes_as_base64_and_say_only_what_they_are():
    """The other kinds are null."""
    part = plain(v1.ContentPart(image=v1.ImagePart(data=b"png", media_type="image/png")))
    assert (part["image"]["data"], part["image"]["url"], part["text"]) == ("cG5n", None, None)


def test_json_texts_are_json_and_what_is_none_stays_a_text():
    """What a model wrote need not be JSON."""
    assert plain(v1.ToolCall(arguments_json='{"a": [1]}'))["arguments"] == {"a": [1]}
    assert plain(v1.ToolCall(arguments_json='{"a": '))["arguments"] == '{"a": '
    assert plain(v1.Query(tools_json=["{}"]))["tools"] == [{}]


def test_maps_are_objects_and_big_numbers_whole():
    """Beyond 2**53 JSON still has them."""
    excluded = plain(v1.Constraints(excluded={"b": "2", "a": "1"}))["excluded"]
    assert list(excluded.items()) == [("a", "1"), ("b", "2")]
    assert plain(v1.RunJobRequest())["request_id"] is None
    assert plain(v1.Snapshot(snapshot_version=2**62))["snapshot_version"] == 2**62


def test_every_enum_of_the_contract_has_words_that_lead_back():
    """None keeps a prefix; the value that says nothing is null."""
    enums = {
        field.enum_type.full_name: field.enum_type
        for module in (admin_service_pb2, feedback_service_pb2, router_service_pb2)
        for message in module.DESCRIPTOR.message_types_by_name.values()
        for each in messages(message, {}).values()
        for field in each.fields
        if field.enum_type is not None and field.enum_type.full_name.startswith("pointsman.")
    }
    assert len(enums) > 15
    for enum in enums.values():
        words = [word_of(enum, value.number) for value in enum.values]
        assert words[0] is None
        assert not any(word.startswith(enum.name.lower()) for word in words[1:])
        assert [value_of(enum, word.replace("_", "-"), "--x") for word in words[1:]] == [
            value.number for value in enum.values[1:]
        ]


def test_an_enum_value_of_a_newer_service_is_its_number():
    """Not an error."""
    assert word_of(v1.StopReason.DESCRIPTOR, 99) == "99"


def test_times_are_rfc_3339():
    """As jq's fromdate and every database read them."""
    assert time_of(v1.Snapshot(create_time={"seconds": 1, "nanos": 999_999_999}).create_time) == (
        "1970-01-01T00:00:01.999Z"
    )
