"""Would a careful person say that two final answers say the same? Each answer is read to one canonical spelling."""
