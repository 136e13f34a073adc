"""The merge engine: what an op is, how ops fold into a visit's state, and how a log is chained.

Standard library only. Knows nothing of HTTP, the database or the clock: times and ids are arguments, inputs are never
changed, and a conflict is a value, not an exception. Why: docs/adr/0001-multi-value-merge.md.
"""
