"""`verify` on mappings that nobody here wrote: see `python -m proofs --help`."""
