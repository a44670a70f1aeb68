"""Every mapping on every path, in every mode, on every database: one answer."""
