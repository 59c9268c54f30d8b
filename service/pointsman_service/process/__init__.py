"""The service as processes: composed, supervised, serving and learning. `compose.running` is the door."""
