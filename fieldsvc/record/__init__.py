"""The record: the one write path, the op log, the visit documents, quarantine and history."""
