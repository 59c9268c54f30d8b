"""What is read of a query: its features, on the scale of the traffic, and the clusters of the traffic it falls into."""
