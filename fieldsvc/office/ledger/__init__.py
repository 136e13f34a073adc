"""The hazard ledger on the screen: the list, one hazard with its life, the alerts."""
