"""The learner: a fold over events, and the snapshots that routers decide with."""
