import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import admin_pb2 as _admin_pb2
from pointsman.v1 import stats_pb2 as _stats_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Model]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[_admin_pb2.Model, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class GetModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ...) -> None: ...

class CreateModelRequest(_message.Message):
    __slots__ = ("request_id", "model")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: _admin_pb2.Model
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ...) -> None: ...

class CreateModelResponse(_message.Message):
    __slots__ = ("model", "replayed")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    replayed: bool
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class UpdateModelRequest(_message.Message):
    __slots__ = ("request_id", "model", "update_mask")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: _admin_pb2.Model
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateModelResponse(_message.Message):
    __slots__ = ("model", "replayed")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    replayed: bool
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DeleteModelRequest(_message.Message):
    __slots__ = ("request_id", "model", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteModelResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class EnableModelRequest(_message.Message):
    __slots__ = ("request_id", "model", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class EnableModelResponse(_message.Message):
    __slots__ = ("model", "replayed")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    replayed: bool
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DisableModelRequest(_message.Message):
    __slots__ = ("request_id", "model", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DisableModelResponse(_message.Message):
    __slots__ = ("model", "replayed")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    model: _admin_pb2.Model
    replayed: bool
    def __init__(self, model: _Optional[_Union[_admin_pb2.Model, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ListTenantsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTenantsResponse(_message.Message):
    __slots__ = ("tenants", "next_page_token")
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenants: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Tenant]
    next_page_token: str
    def __init__(self, tenants: _Optional[_Iterable[_Union[_admin_pb2.Tenant, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetTenantRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class GetTenantResponse(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: _admin_pb2.Tenant
    def __init__(self, tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ...) -> None: ...

class CreateTenantRequest(_message.Message):
    __slots__ = ("request_id", "tenant")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: _admin_pb2.Tenant
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ...) -> None: ...

class CreateTenantResponse(_message.Message):
    __slots__ = ("tenant", "replayed")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    tenant: _admin_pb2.Tenant
    replayed: bool
    def __init__(self, tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class UpdateTenantRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "update_mask")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: _admin_pb2.Tenant
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTenantResponse(_message.Message):
    __slots__ = ("tenant", "replayed")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    tenant: _admin_pb2.Tenant
    replayed: bool
    def __init__(self, tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DeleteTenantRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteTenantResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class EnableTenantRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class EnableTenantResponse(_message.Message):
    __slots__ = ("tenant", "replayed")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    tenant: _admin_pb2.Tenant
    replayed: bool
    def __init__(self, tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DisableTenantRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DisableTenantResponse(_message.Message):
    __slots__ = ("tenant", "replayed")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    tenant: _admin_pb2.Tenant
    replayed: bool
    def __init__(self, tenant: _Optional[_Union[_admin_pb2.Tenant, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ListTaxonomyNodesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTaxonomyNodesResponse(_message.Message):
    __slots__ = ("nodes", "next_page_token")
    NODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[_admin_pb2.TaxonomyNode]
    next_page_token: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[_admin_pb2.TaxonomyNode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetTaxonomyNodeRequest(_message.Message):
    __slots__ = ("node_id",)
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    def __init__(self, node_id: _Optional[str] = ...) -> None: ...

class GetTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ...) -> None: ...

class CreateTaxonomyNodeRequest(_message.Message):
    __slots__ = ("request_id", "node")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node: _admin_pb2.TaxonomyNode
    def __init__(self, request_id: _Optional[str] = ..., node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ...) -> None: ...

class CreateTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "replayed")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    replayed: bool
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class UpdateTaxonomyNodeRequest(_message.Message):
    __slots__ = ("request_id", "node", "update_mask")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node: _admin_pb2.TaxonomyNode
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, request_id: _Optional[str] = ..., node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "replayed")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    replayed: bool
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DeleteTaxonomyNodeRequest(_message.Message):
    __slots__ = ("request_id", "node_id", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node_id: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., node_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteTaxonomyNodeResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class EnableTaxonomyNodeRequest(_message.Message):
    __slots__ = ("request_id", "node_id", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node_id: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., node_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class EnableTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "replayed")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    replayed: bool
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class DisableTaxonomyNodeRequest(_message.Message):
    __slots__ = ("request_id", "node_id", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node_id: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., node_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DisableTaxonomyNodeResponse(_message.Message):
    __slots__ = ("node", "replayed")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    node: _admin_pb2.TaxonomyNode
    replayed: bool
    def __init__(self, node: _Optional[_Union[_admin_pb2.TaxonomyNode, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ListEpisodesRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: _stats_pb2.EpisodeFilter
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEpisodesResponse(_message.Message):
    __slots__ = ("episodes", "next_page_token")
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    episodes: _containers.RepeatedCompositeFieldContainer[_stats_pb2.EpisodeSummary]
    next_page_token: str
    def __init__(self, episodes: _Optional[_Iterable[_Union[_stats_pb2.EpisodeSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListConfigValuesRequest(_message.Message):
    __slots__ = ("key_prefix", "changed_only", "page_size", "page_token")
    KEY_PREFIX_FIELD_NUMBER: _ClassVar[int]
    CHANGED_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    key_prefix: str
    changed_only: bool
    page_size: int
    page_token: str
    def __init__(self, key_prefix: _Optional[str] = ..., changed_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConfigValuesResponse(_message.Message):
    __slots__ = ("values", "next_page_token")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[_admin_pb2.ConfigValue]
    next_page_token: str
    def __init__(self, values: _Optional[_Iterable[_Union[_admin_pb2.ConfigValue, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResetConfigRequest(_message.Message):
    __slots__ = ("request_id", "key")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    key: str
    def __init__(self, request_id: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ResetConfigResponse(_message.Message):
    __slots__ = ("values", "replayed", "values_left_out")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    VALUES_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[_admin_pb2.ConfigValue]
    replayed: bool
    values_left_out: int
    def __init__(self, values: _Optional[_Iterable[_Union[_admin_pb2.ConfigValue, _Mapping]]] = ..., replayed: _Optional[bool] = ..., values_left_out: _Optional[int] = ...) -> None: ...

class ListSnapshotsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSnapshotsResponse(_message.Message):
    __slots__ = ("snapshots", "next_page_token")
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    snapshots: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Snapshot]
    next_page_token: str
    def __init__(self, snapshots: _Optional[_Iterable[_Union[_admin_pb2.Snapshot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RollBackSnapshotRequest(_message.Message):
    __slots__ = ("request_id", "snapshot_version", "name", "stored_by")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STORED_BY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    snapshot_version: int
    name: str
    stored_by: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., snapshot_version: _Optional[int] = ..., name: _Optional[str] = ..., stored_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RollBackSnapshotResponse(_message.Message):
    __slots__ = ("snapshot", "replayed")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    snapshot: _admin_pb2.Snapshot
    replayed: bool
    def __init__(self, snapshot: _Optional[_Union[_admin_pb2.Snapshot, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class FollowNewestSnapshotRequest(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class FollowNewestSnapshotResponse(_message.Message):
    __slots__ = ("snapshot", "replayed")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    snapshot: _admin_pb2.Snapshot
    replayed: bool
    def __init__(self, snapshot: _Optional[_Union[_admin_pb2.Snapshot, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class NameSnapshotRequest(_message.Message):
    __slots__ = ("request_id", "snapshot_version", "name")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    snapshot_version: int
    name: str
    def __init__(self, request_id: _Optional[str] = ..., snapshot_version: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class NameSnapshotResponse(_message.Message):
    __slots__ = ("snapshot", "replayed")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    snapshot: _admin_pb2.Snapshot
    replayed: bool
    def __init__(self, snapshot: _Optional[_Union[_admin_pb2.Snapshot, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class UnnameSnapshotRequest(_message.Message):
    __slots__ = ("request_id", "name")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class UnnameSnapshotResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class ForgetEndUserRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "end_user_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: str
    end_user_id: str
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[str] = ..., end_user_id: _Optional[str] = ...) -> None: ...

class ForgetEndUserResponse(_message.Message):
    __slots__ = ("episode_count", "feedback_count", "session_outcome_count", "scrubbed", "replayed")
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_COUNT_FIELD_NUMBER: _ClassVar[int]
    SESSION_OUTCOME_COUNT_FIELD_NUMBER: _ClassVar[int]
    SCRUBBED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    episode_count: int
    feedback_count: int
    session_outcome_count: int
    scrubbed: bool
    replayed: bool
    def __init__(self, episode_count: _Optional[int] = ..., feedback_count: _Optional[int] = ..., session_outcome_count: _Optional[int] = ..., scrubbed: _Optional[bool] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ForgetEvidenceRequest(_message.Message):
    __slots__ = ("request_id", "tenant", "client", "end_user_id", "model", "start_time", "end_time", "dry_run")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant: str
    client: str
    end_user_id: str
    model: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    dry_run: bool
    def __init__(self, request_id: _Optional[str] = ..., tenant: _Optional[str] = ..., client: _Optional[str] = ..., end_user_id: _Optional[str] = ..., model: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class ForgetEvidenceResponse(_message.Message):
    __slots__ = ("forget_id", "episode_count", "feedback_count", "outcome_count", "session_outcome_count", "warm_start_count", "job_change_count", "replayed")
    FORGET_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_COUNT_FIELD_NUMBER: _ClassVar[int]
    SESSION_OUTCOME_COUNT_FIELD_NUMBER: _ClassVar[int]
    WARM_START_COUNT_FIELD_NUMBER: _ClassVar[int]
    JOB_CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    forget_id: str
    episode_count: int
    feedback_count: int
    outcome_count: int
    session_outcome_count: int
    warm_start_count: int
    job_change_count: int
    replayed: bool
    def __init__(self, forget_id: _Optional[str] = ..., episode_count: _Optional[int] = ..., feedback_count: _Optional[int] = ..., outcome_count: _Optional[int] = ..., session_outcome_count: _Optional[int] = ..., warm_start_count: _Optional[int] = ..., job_change_count: _Optional[int] = ..., replayed: _Optional[bool] = ...) -> None: ...

class RestoreEvidenceRequest(_message.Message):
    __slots__ = ("request_id", "forget_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FORGET_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    forget_id: str
    def __init__(self, request_id: _Optional[str] = ..., forget_id: _Optional[str] = ...) -> None: ...

class RestoreEvidenceResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[_admin_pb2.Job]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[_admin_pb2.Job, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RunJobRequest(_message.Message):
    __slots__ = ("request_id", "job")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    job: str
    def __init__(self, request_id: _Optional[str] = ..., job: _Optional[str] = ...) -> None: ...

class RunJobResponse(_message.Message):
    __slots__ = ("job", "replayed")
    JOB_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    job: _admin_pb2.Job
    replayed: bool
    def __init__(self, job: _Optional[_Union[_admin_pb2.Job, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class GetHealthRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetHealthResponse(_message.Message):
    __slots__ = ("state", "parts")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    state: _admin_pb2.HealthState
    parts: _containers.RepeatedCompositeFieldContainer[_admin_pb2.PartHealth]
    def __init__(self, state: _Optional[_Union[_admin_pb2.HealthState, str]] = ..., parts: _Optional[_Iterable[_Union[_admin_pb2.PartHealth, _Mapping]]] = ...) -> None: ...

class GetStatsRequest(_message.Message):
    __slots__ = ("filter", "group", "bucket_s", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    BUCKET_S_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: _stats_pb2.EpisodeFilter
    group: _stats_pb2.StatsGroup
    bucket_s: float
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., group: _Optional[_Union[_stats_pb2.StatsGroup, str]] = ..., bucket_s: _Optional[float] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetStatsResponse(_message.Message):
    __slots__ = ("total", "groups", "next_page_token", "observed", "shadows")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    SHADOWS_FIELD_NUMBER: _ClassVar[int]
    total: _stats_pb2.Tally
    groups: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Tally]
    next_page_token: str
    observed: _stats_pb2.Observed
    shadows: _stats_pb2.ShadowTally
    def __init__(self, total: _Optional[_Union[_stats_pb2.Tally, _Mapping]] = ..., groups: _Optional[_Iterable[_Union[_stats_pb2.Tally, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., observed: _Optional[_Union[_stats_pb2.Observed, _Mapping]] = ..., shadows: _Optional[_Union[_stats_pb2.ShadowTally, _Mapping]] = ...) -> None: ...

class GetJudgeStatsRequest(_message.Message):
    __slots__ = ("filter", "per_node", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PER_NODE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: _stats_pb2.EpisodeFilter
    per_node: bool
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., per_node: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetJudgeStatsResponse(_message.Message):
    __slots__ = ("judges", "next_page_token")
    JUDGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    judges: _containers.RepeatedCompositeFieldContainer[_stats_pb2.JudgeTally]
    next_page_token: str
    def __init__(self, judges: _Optional[_Iterable[_Union[_stats_pb2.JudgeTally, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WhatIfRequest(_message.Message):
    __slots__ = ("cost_weight", "policy", "filter", "confidence", "models")
    COST_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    cost_weight: float
    policy: str
    filter: _stats_pb2.EpisodeFilter
    confidence: float
    models: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, cost_weight: _Optional[float] = ..., policy: _Optional[str] = ..., filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., confidence: _Optional[float] = ..., models: _Optional[_Iterable[str]] = ...) -> None: ...

class WhatIfResponse(_message.Message):
    __slots__ = ("episode_count", "effective_episode_count", "estimates", "rated_count", "support", "missing")
    EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_EPISODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ESTIMATES_FIELD_NUMBER: _ClassVar[int]
    RATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    episode_count: int
    effective_episode_count: float
    estimates: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Estimate]
    rated_count: int
    support: float
    missing: str
    def __init__(self, episode_count: _Optional[int] = ..., effective_episode_count: _Optional[float] = ..., estimates: _Optional[_Iterable[_Union[_stats_pb2.Estimate, _Mapping]]] = ..., rated_count: _Optional[int] = ..., support: _Optional[float] = ..., missing: _Optional[str] = ...) -> None: ...

class GetSavingsRequest(_message.Message):
    __slots__ = ("against", "filter", "group", "confidence")
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    against: str
    filter: _stats_pb2.EpisodeFilter
    group: _stats_pb2.StatsGroup
    confidence: float
    def __init__(self, against: _Optional[str] = ..., filter: _Optional[_Union[_stats_pb2.EpisodeFilter, _Mapping]] = ..., group: _Optional[_Union[_stats_pb2.StatsGroup, str]] = ..., confidence: _Optional[float] = ...) -> None: ...

class GetSavingsResponse(_message.Message):
    __slots__ = ("against", "total", "groups")
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    against: str
    total: _stats_pb2.Saved
    groups: _containers.RepeatedCompositeFieldContainer[_stats_pb2.Saved]
    def __init__(self, against: _Optional[str] = ..., total: _Optional[_Union[_stats_pb2.Saved, _Mapping]] = ..., groups: _Optional[_Iterable[_Union[_stats_pb2.Saved, _Mapping]]] = ...) -> None: ...

class WarmStartRequest(_message.Message):
    __slots__ = ("request_id", "queries")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    queries: _containers.RepeatedCompositeFieldContainer[_admin_pb2.KnownQuery]
    def __init__(self, request_id: _Optional[str] = ..., queries: _Optional[_Iterable[_Union[_admin_pb2.KnownQuery, _Mapping]]] = ...) -> None: ...

class WarmStartResponse(_message.Message):
    __slots__ = ("request_id", "replayed", "log_position")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    replayed: bool
    log_position: int
    def __init__(self, request_id: _Optional[str] = ..., replayed: _Optional[bool] = ..., log_position: _Optional[int] = ...) -> None: ...

class ListApiKeysRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListApiKeysResponse(_message.Message):
    __slots__ = ("api_keys", "next_page_token")
    API_KEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    api_keys: _containers.RepeatedCompositeFieldContainer[_admin_pb2.ApiKey]
    next_page_token: str
    def __init__(self, api_keys: _Optional[_Iterable[_Union[_admin_pb2.ApiKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetApiKeyRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetApiKeyResponse(_message.Message):
    __slots__ = ("api_key",)
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    api_key: _admin_pb2.ApiKey
    def __init__(self, api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ...) -> None: ...

class CreateApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "api_key")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    api_key: _admin_pb2.ApiKey
    def __init__(self, request_id: _Optional[str] = ..., api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ...) -> None: ...

class CreateApiKeyResponse(_message.Message):
    __slots__ = ("api_key", "replayed", "secret")
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    api_key: _admin_pb2.ApiKey
    replayed: bool
    secret: str
    def __init__(self, api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ..., replayed: _Optional[bool] = ..., secret: _Optional[str] = ...) -> None: ...

class UpdateApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "api_key", "update_mask")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    api_key: _admin_pb2.ApiKey
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, request_id: _Optional[str] = ..., api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateApiKeyResponse(_message.Message):
    __slots__ = ("api_key", "replayed")
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    api_key: _admin_pb2.ApiKey
    replayed: bool
    def __init__(self, api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class RotateApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "name", "etag", "overlap_s")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_S_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    etag: str
    overlap_s: float
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., etag: _Optional[str] = ..., overlap_s: _Optional[float] = ...) -> None: ...

class RotateApiKeyResponse(_message.Message):
    __slots__ = ("api_key", "replayed", "secret")
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    api_key: _admin_pb2.ApiKey
    replayed: bool
    secret: str
    def __init__(self, api_key: _Optional[_Union[_admin_pb2.ApiKey, _Mapping]] = ..., replayed: _Optional[bool] = ..., secret: _Optional[str] = ...) -> None: ...

class RevokeApiKeyRequest(_message.Message):
    __slots__ = ("request_id", "name", "etag")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    etag: str
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class RevokeApiKeyResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class ListAuditEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "by", "start_time", "end_time", "key_prefix")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    KEY_PREFIX_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    by: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    key_prefix: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., by: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., key_prefix: _Optional[str] = ...) -> None: ...

class ListAuditEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_admin_pb2.AuditEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[_admin_pb2.AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
