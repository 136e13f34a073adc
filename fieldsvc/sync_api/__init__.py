"""The sync endpoint: devices, proofs, cursors; what docs/sync-protocol.md promises on the wire."""
