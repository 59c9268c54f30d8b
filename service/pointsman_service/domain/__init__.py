"""Values that every room knows, and what is computed from them alone: chats, models, requests; no I/O, no port."""

from pointsman_service.domain.chat import (
    AnswerDelta,
    AnswerUnderJudgement,
    ChatMessage,
    ModelAnswer,
    Question,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from pointsman_service.domain.configured import (
    Capabilities,
    Deployment,
    JudgeConfig,
    ModelConfig,
    TenantConfig,
)
from pointsman_service.domain.model_prices import ModelPrices

__all__ = [
    "AnswerDelta",
    "AnswerUnderJudgement",
    "Capabilities",
    "ChatMessage",
    "Deployment",
    "JudgeConfig",
    "ModelAnswer",
    "ModelConfig",
    "ModelPrices",
    "Question",
    "ReasoningDelta",
    "TenantConfig",
    "TextDelta",
    "ToolCallDelta",
    "Usage",
]
