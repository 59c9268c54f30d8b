"""The ports: what the application and the learner's process need of the world. Adapters implement them.

Nothing above this page may assume SQLite, HTTP or one machine: the log and the snapshots can move to JetStream.
"""

from pointsman_service.ports.checkpoints import Checkpoints
from pointsman_service.ports.condition import LogCondition, LogTrouble
from pointsman_service.ports.configuration import Acted, ConfigurationRules, ConfigurationStore, Overtaken
from pointsman_service.ports.embedder import Embedder
from pointsman_service.ports.end_users import EndUsers, Forgotten
from pointsman_service.ports.evaluation import OfSnapshot, OneModel, PolicyEvaluator, SavingsAsked, WhatIfAsked
from pointsman_service.ports.jobs import JobStore
from pointsman_service.ports.judges import AnswerJudge
from pointsman_service.ports.ledger import CeilingInForce, CeilingLedger, Ledger, LimitsSeen, Reservation, RoomTaken
from pointsman_service.ports.log import (
    SESSION_EPISODES,
    EventLog,
    Explanation,
    Log,
    Logged,
    NewEpisode,
    Reads,
    StoredEpisode,
    Unreadable,
)
from pointsman_service.ports.models import (
    AvailabilityLookup,
    Blame,
    BreakerStates,
    ModelCaller,
    ModelReach,
    ReachLookup,
)
from pointsman_service.ports.observer import NoObserver, Observer
from pointsman_service.ports.prices import ModelFacts, PriceLookup
from pointsman_service.ports.snapshots import SnapshotRecord, SnapshotStore
from pointsman_service.ports.statistics import StatsReader
from pointsman_service.ports.tokens import TokenVerifier

__all__ = [
    "SESSION_EPISODES",
    "Acted",
    "AnswerJudge",
    "AvailabilityLookup",
    "Blame",
    "BreakerStates",
    "CeilingInForce",
    "CeilingLedger",
    "Checkpoints",
    "ConfigurationRules",
    "ConfigurationStore",
    "Embedder",
    "EndUsers",
    "EventLog",
    "Explanation",
    "Forgotten",
    "JobStore",
    "Ledger",
    "LimitsSeen",
    "Log",
    "LogCondition",
    "LogTrouble",
    "Logged",
    "ModelCaller",
    "ModelFacts",
    "ModelReach",
    "NewEpisode",
    "NoObserver",
    "Observer",
    "OfSnapshot",
    "OneModel",
    "Overtaken",
    "PolicyEvaluator",
    "PriceLookup",
    "ReachLookup",
    "Reads",
    "Reservation",
    "RoomTaken",
    "SavingsAsked",
    "SnapshotRecord",
    "SnapshotStore",
    "StatsReader",
    "StoredEpisode",
    "TokenVerifier",
    "Unreadable",
    "WhatIfAsked",
]
