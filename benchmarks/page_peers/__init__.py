"""Peers that page nested lists, each in a file that only imports where it is there."""
