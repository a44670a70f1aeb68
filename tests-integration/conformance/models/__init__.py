"""Models that no one wrote: mappings, rows and schemas by strategies of Hypothesis."""
