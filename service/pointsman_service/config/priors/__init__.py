"""What is known of models beforehand, by their names: public results, and what the operator says."""
