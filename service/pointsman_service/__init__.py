"""The process around the learner: ports, adapters, gRPC, jobs and the command line."""

import os

# Before numpy is imported anywhere, and for the processes that this one starts: the matrices here are small, so that
# BLAS's own threads cost ten times what they save, and they take the processor that serves requests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
