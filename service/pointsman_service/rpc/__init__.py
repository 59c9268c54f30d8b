"""The gRPC layer: validate, call the application, translate. The only place of the service that knows protobuf."""
