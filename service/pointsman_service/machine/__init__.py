"""What the system knows of processes and folders, for every room that has to do with them."""
