"""Replays recorded outcomes as a stream through the learner, and measures what it reaches."""

import os

# Matrices here are small: threads of the linear algebra only get into each other's way. It reads these when numpy is
# first imported, here or in a worker process.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
