"""Return calls after visits, what they bring up, and complaints with their clock."""
