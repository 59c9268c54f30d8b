"""The application: what the service does, in terms of the ports alone. No gRPC, SQLite, HTTP or clock in here."""
