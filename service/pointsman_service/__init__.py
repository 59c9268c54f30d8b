"""The process around the learner: ports, adapters, gRPC, jobs and the command line."""
