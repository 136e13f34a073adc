"""Is the server alive, is it ready, and what are its figures."""
