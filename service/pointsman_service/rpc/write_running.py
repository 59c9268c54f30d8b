"""The configuration in force, snapshots and jobs as messages."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.domain.health import PartHealth
from pointsman_service.domain.operations import ConfigValue, JobInfo
from pointsman_service.ports import SnapshotRecord
from pointsman_service.rpc.enums import CONFIG_ORIGINS, HEALTH_STATES, JOB_OUTCOMES
from pointsman_service.rpc.write_json import json_struct, json_value
from pointsman_service.rpc.write_time import optional_timestamp, timestamp


def config_value_message(value: ConfigValue) -> v1.ConfigValue:
    """With what it hides, where it was changed at run time."""
    return v1.ConfigValue(
        key=value.key,
        value=json_value(value.value),
        origin=CONFIG_ORIGINS.value(value.origin),
        changed_by=value.changed_by,
        change_time=optional_timestamp(value.changed_at),
        hidden_value=None if value.hidden is None else json_value(value.hidden),
    )


def snapshot_message(record: SnapshotRecord) -> v1.Snapshot:
    """What is known of it, not its bytes."""
    return v1.Snapshot(
        snapshot_version=record.version,
        log_position=record.position,
        create_time=timestamp(record.created_at),
        checksum=record.checksum,
        size_bytes=record.size_bytes,
        active=record.active,
        note=record.note,
        name=record.name,
    )


def job_message(job: JobInfo) -> v1.Job:
    """With its last run, if any."""
    return v1.Job(
        job=job.name,
        interval_s=job.interval_s,
        next_run_time=optional_timestamp(job.next_run_at),
        start_time=optional_timestamp(job.started_at),
        end_time=optional_timestamp(job.ended_at),
        outcome=JOB_OUTCOMES.value(job.outcome or "never_ran"),
        detail=json_struct(job.detail) if job.detail else None,
    )


def part_message(part: PartHealth) -> v1.PartHealth:
    """With what to do."""
    state = HEALTH_STATES.value(part.state.name.lower())
    return v1.PartHealth(part=part.part, state=state, detail=part.why, since=timestamp(part.since))
