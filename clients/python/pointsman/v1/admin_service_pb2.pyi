from pointsman.v1 import admin_pb2 as _admin_pb2
from pointsman.v1 import stats_pb2 as _stats_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "snapshot_version")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Model]
    snapshot_version: int
    def __init__(self, models: _Optional[_Iterable[_Union[_admin_pb2.Model, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class PutModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ...) -> None: ...

class PutModelResponse(_message.Message):
    __slots__ = ("model", "snapshot_version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    snapshot_version: int
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class DisableModelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DisableModelResponse(_message.Message):
    __slots__ = ("model", "snapshot_version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    snapshot_version: int
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class ListTaxonomyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListTaxonomyResponse(_message.Message):
    __slots__ = ("nodes", "snapshot_version")
    NODES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[_admin_pb2.TaxonomyNode]
    snapshot_version: int
    def __init__(self, nodes: _Optional[_Iterable[_Union[_admin_pb2.TaxonomyNode, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class GetTaxonomyNodeRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "snapshot_version")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    snapshot_version: int
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class PutTaxonomyNodeRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ...) -> None: ...

class PutTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "snapshot_version")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    snapshot_version: int
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class ListSnapshotsRequest(_message.Message):
    __slots__ = ("limit",)
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    limit: int
    def __init__(self, limit: _Optional[int] = ...) -> None: ...

class ListSnapshotsResponse(_message.Message):
    __slots__ = ("snapshots", "snapshot_version")
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    snapshots: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Snapshot]
    snapshot_version: int
    def __init__(self, snapshots: _Optional[_Iterable[_Union[_admin_pb2.Snapshot, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class RollBackSnapshotRequest(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: int
    def __init__(self, version: _Optional[int] = ...) -> None: ...

class RollBackSnapshotResponse(_message.Message):
    __slots__ = ("snapshot", "snapshot_version")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    snapshot: _admin_pb2.Snapshot
    snapshot_version: int
    def __init__(self, snapshot: _Optional[_Union[_admin_pb2.Snapshot, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class FollowNewestSnapshotRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FollowNewestSnapshotResponse(_message.Message):
    __slots__ = ("snapshot", "snapshot_version")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    snapshot: _admin_pb2.Snapshot
    snapshot_version: int
    def __init__(self, snapshot: _Optional[_Union[_admin_pb2.Snapshot, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "snapshot_version")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Job]
    snapshot_version: int
    def __init__(self, jobs: _Optional[_Iterable[_Union[_admin_pb2.Job, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class RunJobRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RunJobResponse(_message.Message):
    __slots__ = ("job", "snapshot_version")
    JOB_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    job: _admin_pb2.Job
    snapshot_version: int
    def __init__(self, job: _Optional[_Union[_admin_pb2.Job, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class GetStatsRequest(_message.Message):
    __slots__ = ("filter", "bucket_s")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    BUCKET_S_FIELD_NUMBER: _ClassVar[int]
    filter: _stats_pb2.EpisodeFilter
    bucket_s: float
    def __init__(self, filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., bucket_s: _Optional[float] = ...) -> None: ...

class GetStatsResponse(_message.Message):
    __slots__ = ("total", "per_model", "per_node", "over_time", "snapshot_version")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PER_MODEL_FIELD_NUMBER: _ClassVar[int]
    PER_NODE_FIELD_NUMBER: _ClassVar[int]
    OVER_TIME_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    total: _stats_pb2.Tally
    per_model: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Tally]
    per_node: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Tally]
    over_time: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Tally]
    snapshot_version: int
    def __init__(self, total: _Optional[_Union[_stats_pb2.Tally, _Mapping]] = ..., per_model: _Optional[_Iterable[_Union[_stats_pb2.Tally, _Mapping]]] = ..., per_node: _Optional[_Iterable[_Union[_stats_pb2.Tally, _Mapping]]] = ..., over_time: _Optional[_Iterable[_Union[_stats_pb2.Tally, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class GetJudgeStatsRequest(_message.Message):
    __slots__ = ("filter",)
    FILTER_FIELD_NUMBER: _ClassVar[int]
    filter: _stats_pb2.EpisodeFilter
    def __init__(self, filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ...) -> None: ...

class GetJudgeStatsResponse(_message.Message):
    __slots__ = ("total", "per_node", "snapshot_version")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PER_NODE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    total: _containers.RepeatedCompositeFieldContainer[_stats_pb2.JudgeTally]
    per_node: _containers.RepeatedCompositeFieldContainer[_stats_pb2.JudgeTally]
    snapshot_version: int
    def __init__(self, total: _Optional[_Iterable[_Union[_stats_pb2.JudgeTally, _Mapping]]] = ..., per_node: _Optional[_Iterable[_Union[_stats_pb2.JudgeTally, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class WhatIfRequest(_message.Message):
    __slots__ = ("cost_weight", "policy", "filter", "confidence")
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    cost_weight: float
    policy: str
    filter: _stats_pb2.EpisodeFilter
    confidence: float
    def __init__(self, cost_weight: _Optional[float] = ..., policy: _Optional[str] = ..., filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., confidence: _Optional[float] = ...) -> None: ...

class WhatIfResponse(_message.Message):
    __slots__ = ("episodes", "effective_episodes", "estimates", "snapshot_version")
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_EPISODES_FIELD_NUMBER: _ClassVar[int]
    ESTIMATES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    episodes: int
    effective_episodes: float
    estimates: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Estimate]
    snapshot_version: int
    def __init__(self, episodes: _Optional[int] = ..., effective_episodes: _Optional[float] = ..., estimates: _Optional[_Iterable[_Union[_stats_pb2.Estimate, _Mapping]]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class GetBudgetRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class GetBudgetResponse(_message.Message):
    __slots__ = ("budget", "snapshot_version")
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    budget: _admin_pb2.Budget
    snapshot_version: int
    def __init__(self, budget: _Optional[_Union[_admin_pb2.Budget, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class PutBudgetRequest(_message.Message):
    __slots__ = ("budget",)
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    budget: _admin_pb2.Budget
    def __init__(self, budget: _Optional[_Union[_admin_pb2.Budget, _Mapping]] = ...) -> None: ...

class PutBudgetResponse(_message.Message):
    __slots__ = ("budget", "snapshot_version")
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    budget: _admin_pb2.Budget
    snapshot_version: int
    def __init__(self, budget: _Optional[_Union[_admin_pb2.Budget, _Mapping]] = ..., snapshot_version: _Optional[int] = ...) -> None: ...

class WarmStartRequest(_message.Message):
    __slots__ = ("batch_id", "queries")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    queries: _containers.RepeatedCompositeFieldContainer[_admin_pb2.KnownQuery]
    def __init__(self, batch_id: _Optional[str] = ..., queries: _Optional[_Iterable[_Union[_admin_pb2.KnownQuery, _Mapping]]] = ...) -> None: ...

class WarmStartResponse(_message.Message):
    __slots__ = ("recorded", "log_position", "snapshot_version")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    recorded: bool
    log_position: int
    snapshot_version: int
    def __init__(self, recorded: _Optional[bool] = ..., log_position: _Optional[int] = ..., snapshot_version: _Optional[int] = ...) -> None: ...
