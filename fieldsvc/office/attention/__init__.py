"""What needs a person: the inbox, contradictions, doubts, and settling them."""
