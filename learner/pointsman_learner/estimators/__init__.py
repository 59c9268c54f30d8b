"""Estimators of ability, cost and latency: the taxonomy's effects and the learned router, fused by precision."""
