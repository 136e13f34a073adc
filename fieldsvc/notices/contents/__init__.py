"""What each kind of paper says: its facts, frozen, and its words."""
