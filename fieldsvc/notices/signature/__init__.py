"""The electronic signature: who signs, how, and what a signature in a file says."""
