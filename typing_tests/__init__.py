"""What users write, for type checkers alone."""
