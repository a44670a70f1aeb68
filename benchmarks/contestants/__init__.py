"""One file a contestant, or several of a kind: `CONTESTANTS` lists the classes."""
