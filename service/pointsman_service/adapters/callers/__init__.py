"""Callers of models: one for each way to call, those around them, and what they share."""
