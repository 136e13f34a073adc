"""The hazard ledger: every hazard from found to closed."""
