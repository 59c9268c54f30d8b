"""Recorded outcomes of models, and a local server that answers as they did. Nothing here calls a real model."""

from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses, TableError
from pointsman_service.replay.tables import load_table, write_table

__all__ = ["OutcomeTable", "RecordedModel", "Responses", "TableError", "load_table", "write_table"]
