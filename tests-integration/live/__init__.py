"""Applications behind real servers."""
