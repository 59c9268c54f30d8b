"""Values that every room knows, and what is computed from them alone: chats, models, requests; no I/O, no port."""

from pointsman_service.domain.chat import AnswerUnderJudgement, ChatMessage, ModelAnswer, Question
from pointsman_service.domain.configured import JudgeConfig, ModelConfig, ModelPrices

__all__ = [
    "AnswerUnderJudgement",
    "ChatMessage",
    "JudgeConfig",
    "ModelAnswer",
    "ModelConfig",
    "ModelPrices",
    "Question",
]
